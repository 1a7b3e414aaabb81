import { randomBytes } from 'node:crypto'

/** Sections of the configuration. */
type Sections = { gateway?: object | undefined; portal?: object | undefined } & Record<string, unknown>

/** What every Kuvert of a test is given, with `sections` over it: it listens on loopback, and trusts this machine. */
export function testSettings(folder: string, ports: { smtp: number; http: number }, sections: Sections = {}) {
  return {
    dataFolder: folder,
    ...sections,
    gateway: {
      listeners: [{ address: '127.0.0.1', port: ports.smtp }],
      trustedNetworks: ['127.0.0.1/32'],
      ...sections.gateway,
    },
    portal: { url: `http://localhost:${ports.http}`, port: ports.http, ...sections.portal },
  }
}

/** The section `keys` with one fresh key of each kind, or with these. */
export function testKeys({ master = randomBytes(32), link = randomBytes(32) } = {}) {
  const written = (key: Buffer) => [{ id: 'test', secret: key.toString('base64') }]
  return { master: written(master), link: written(link) }
}
