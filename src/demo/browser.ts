/** A very small browser: cookies, no redirects followed by itself. It plays a recipient in the demonstration. */
export interface Browser {
  get(url: string): Promise<Response>
  /** Submits a form of a page of the same origin. */
  post(url: string, fields?: Record<string, string>): Promise<Response>
}

export function openBrowser(): Browser {
  const cookies = new Map<string, string>()
  const request = async (url: string, init: RequestInit) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, ...(cookie ? { cookie } : {}) },
    })
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(';', 1)[0]!.split('=', 2) as [string, string]
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }
  return {
    get: url => request(url, {}),
    post: (url, fields = {}) =>
      request(url, { method: 'POST', body: new URLSearchParams(fields), headers: { origin: new URL(url).origin } }),
  }
}
