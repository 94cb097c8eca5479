"""Checks tokens with Python libraries, which start with the issuer only. The argument is a file of tokens."""

import json
import sys
from urllib.request import urlopen

import jwt
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
from jose import jwt as python_jose

with open(sys.argv[1], encoding='utf-8') as file:
    cases = json.load(file)
issuer = cases['issuer']
with urlopen(f'{issuer}/.well-known/openid-configuration') as response:
    configuration = json.load(response)
with urlopen(configuration['jwks_uri']) as response:
    key_set = json.load(response)
algorithms = configuration['id_token_signing_alg_values_supported']


def verify_pyjwt(token):
    key = jwt.PyJWKClient(configuration['jwks_uri']).get_signing_key_from_jwt(token)
    jwt.decode(token, key, algorithms=algorithms, issuer=issuer, audience=issuer)


def verify_python_jose(token):
    kid = python_jose.get_unverified_header(token)['kid']
    # It tries all keys of a set, and fails at one of another type.
    key = next(key for key in key_set['keys'] if key['kid'] == kid)
    python_jose.decode(token, key, algorithms=algorithms, issuer=issuer, audience=issuer)


def verify_joserfc(token):
    claims = joserfc_jwt.decode(token, KeySet.import_key_set(key_set), algorithms=algorithms).claims
    required = {name: {'essential': True, 'value': issuer} for name in ('iss', 'aud')}
    joserfc_jwt.JWTClaimsRegistry(exp={'essential': True}, **required).validate(claims)


class Validator(JWTBearerTokenValidator):
    def get_jwks(self):
        return KeySet.import_key_set(key_set)


def verify_authlib(token):
    validator = Validator(issuer=issuer, resource_server=issuer)
    validator.validate_token(validator.authenticate_token(token), ['upload'], None)


verifiers = {
    'PyJWT': (verify_pyjwt, ['RS256', 'ES256', 'EdDSA']),
    # It does not know Ed25519.
    'python-jose': (verify_python_jose, ['RS256', 'ES256']),
    'joserfc': (verify_joserfc, ['RS256', 'ES256', 'EdDSA']),
    'Authlib (RFC 9068)': (verify_authlib, ['RS256', 'ES256']),
}

wrong = 0
for name, (verify, known) in verifiers.items():
    for case in cases['tokens']:
        if case['algorithm'] not in known:
            continue
        error = None
        try:
            verify(case['token'])
        except Exception as caught:  # Every library has its own errors.
            error = caught
        if (error is None) != case['valid']:
            wrong += 1
            print(f"{name}: {case['algorithm']} {case['name']}: {error!r}")
if wrong:
    sys.exit(1)
print(', '.join(verifiers))
