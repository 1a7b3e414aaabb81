"""Makes an Active Directory domain from an smb.conf: samba-provision.py smb.conf address password

What `samba-tool domain provision` does, but without access lists on the domain's shared files: those
need a file system and rights that containers rarely have, and nobody reads the files here.
"""

import logging
import sys

from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.param import LoadParm
from samba.provision import provision

configuration, address, password = sys.argv[1:]
parameters = LoadParm()
parameters.load(configuration)
provision(
    logging.getLogger(),
    system_session(),
    smbconf=configuration,
    lp=parameters,
    serverrole="dc",
    realm=parameters.get("realm"),
    domain=parameters.get("workgroup"),
    hostname=parameters.get("netbios name"),
    hostip=address,
    adminpass=password,
    dns_backend="NONE",
    dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2,
    plaintext_secrets=True,
    skip_sysvolacl=True,
)
