"""An identity provider as AD FS is one: it asks for a user, then shows a form with an assertion.

It speaks Basic and Digest. NTLM is tested below the command, with an identity provider in Rust.
"""

import base64
import hashlib
import re

from .web import Reply, Web

START = "/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices"
SIGN_IN = "/adfs/ls/wia"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes"
NONCE = "dcd98b7102dd2f0e8b11d0f600bfb0c093"


def assertion(*roles):
    """The XML that lets its bearer assume these roles: pairs of ARNs, joined by commas."""
    values = "".join(f"<AttributeValue>{role}</AttributeValue>" for role in roles)
    return (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">'
        '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><AttributeStatement>'
        f'<Attribute Name="{ATTRIBUTES}/RoleSessionName"><AttributeValue>alice</AttributeValue></Attribute>'
        f'<Attribute Name="{ATTRIBUTES}/Role">{values}</Attribute>'
        "</AttributeStatement></Assertion></samlp:Response>"
    )


def form(xml):
    """The page that posts the assertion to AWS as soon as a browser shows it."""
    value = base64.b64encode(xml.encode()).decode()
    return (
        '<html><head><title>Working...</title></head><body><form method="POST" action="https://signin.aws.amazon.com/saml">'
        f'<input type="hidden" name="SAMLResponse" value="{value}" /></form></body></html>'
    )


class IdentityProvider(Web):
    """Lets one user in, with `scheme` Basic or Digest, and then shows `page`; without a page it redirects for ever."""

    def __init__(self, scheme, user, password, page):
        self.scheme = scheme
        self.user = user
        self.password = password
        self.page = page
        super().__init__(self._answer)

    @property
    def url(self):
        return self.endpoint + START

    def _answer(self, request):
        if request.target == START:
            return Reply(302, headers={"Location": SIGN_IN, "Set-Cookie": "MSISContext=1; path=/adfs; HttpOnly"})
        if request.target != SIGN_IN or "MSISContext=1" not in request.headers.get("cookie", ""):
            return Reply(302, headers={"Location": START})
        if not self._knows(request):
            return Reply(401, headers={"WWW-Authenticate": self._challenge})
        if self.page is None:
            return Reply(302, headers={"Location": START})
        return Reply(200, self.page.encode(), {"Content-Type": "text/html; charset=utf-8"})

    @property
    def _challenge(self):
        if self.scheme == "Basic":
            return 'Basic realm="adfs", charset="UTF-8"'
        return f'Digest realm="adfs", nonce="{NONCE}", qop="auth", algorithm=SHA-256'

    def _knows(self, request):
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme != self.scheme:
            return False
        if scheme == "Basic":
            return base64.b64decode(given).decode() == f"{self.user}:{self.password}"
        return self._digest_is_right(request, given)

    def _digest_is_right(self, request, given):
        """RFC 7616, 3.4.1."""
        fields = {name: quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', given)}

        def hashed(*parts):
            return hashlib.sha256(":".join(parts).encode()).hexdigest()

        user = hashed(self.user, "adfs", self.password)
        asked = hashed(request.method, request.target)
        right = hashed(user, NONCE, fields["nc"], fields["cnonce"], "auth", asked)
        return fields["username"] == self.user and fields["uri"] == request.target and fields["response"] == right
