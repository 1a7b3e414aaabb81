import { baseDn } from './slapd-content.ts'
import type { Samba } from './samba.ts'

const schemaDn = `CN=Schema,CN=Configuration,${baseDn}`

// The OID of the class of distinguished names, which such attributes must state ([MS-ADTS] section 3.1.1.2.2.2).
const dnSyntax = {
  attributeSyntax: '2.5.5.1',
  oMSyntax: '127',
  oMObjectClass: [Buffer.from('2b0c0287731c00854a', 'hex')],
}
const numberSyntax = { attributeSyntax: '2.5.5.16', oMSyntax: '65', isSingleValued: 'TRUE' }

/** Teaches a domain the attributes of Exchange that Kuvert's defaults name, under object ids of no consequence. */
export async function addExchangeSchema(samba: Samba): Promise<void> {
  const attributes = [
    { name: 'msExchRecipientTypeDetails', ...numberSyntax },
    { name: 'msExchDelegateListLink', ...dnSyntax, linkID: '32100' },
    { name: 'msExchDelegateListBL', ...dnSyntax, linkID: '32101', systemFlags: '1' },
  ]
  for (const [index, { name, ...rest }] of attributes.entries()) {
    const attributeID = `1.2.840.113556.1.8000.2554.1.${index + 1}`
    const common = { objectClass: 'attributeSchema', lDAPDisplayName: name, attributeID, isSingleValued: 'FALSE' }
    await samba.add(`CN=${name},${schemaDn}`, { ...common, ...rest })
  }
  await samba.change('', { schemaUpdateNow: '1' })
  await samba.change(`CN=User,${schemaDn}`, { mayContain: attributes.map(({ name }) => name) })
  await samba.change('', { schemaUpdateNow: '1' })
}
