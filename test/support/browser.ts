/** A browser for tests: it keeps cookies, sends what browsers send with a form, and follows nothing by itself. */
export interface Browser {
  cookies: Map<string, string>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  head(path: string): Promise<Response>
  post(path: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Response>
  /** Logs in at a link; the answer to the login. */
  logIn(path: string, login: string, password?: string): Promise<Response>
  /** Asks for a code at a link; the answer. */
  askForCode(path: string): Promise<Response>
  /** Types in a code at a link; the answer. */
  enterCode(path: string, code: string): Promise<Response>
  /** Asks for a file and fetches it; the answer to whatever came last. */
  download(path: string, position?: number): Promise<Response>
}

export function openBrowser(origin: string): Browser {
  const cookies = new Map<string, string>()
  const request = async (method: string, path: string, init: RequestInit = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(init.headers as Record<string, string>), ...(cookie && { cookie }) }
    const response = await fetch(new URL(path, origin), { ...init, method, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }
  const post: Browser['post'] = (path, fields = {}, headers = { origin }) =>
    request('POST', path, { body: new URLSearchParams(fields), headers })
  return {
    cookies,
    get: (path, headers = {}) => request('GET', path, { headers }),
    head: path => request('HEAD', path),
    post,
    logIn: (path, login, password = `${login}-ord`) => post(`${path}/login`, { login, password }),
    askForCode: path => post(`${path}/code`),
    enterCode: (path, code) => post(`${path}/code/enter`, { code }),
    download: async (path, position = 0) => {
      const asked = await post(`${path}/files/${position}`)
      return asked.status === 303 ? request('GET', asked.headers.get('location') ?? '') : asked
    },
  }
}

/** A browser in which one of the staff has logged in at the portal. */
export async function openLoggedIn(origin: string, id = 'anna'): Promise<Browser> {
  const browser = openBrowser(origin)
  const answer = await browser.post('/login', { login: id, password: `${id}-ord` })
  if (answer.status !== 303) throw new Error(`${id} could not log in: ${answer.status}`)
  return browser
}
