"""Uses the client of openapi-python-client. PYTHONPATH has it."""

import os
from io import BytesIO

from latchkey_client import AuthenticatedClient, Client
from latchkey_client.api.calls import create_call, get_user_token, join_call
from latchkey_client.api.clients_and_tokens import get_token, register_client
from latchkey_client.api.identity_sessions import start_session
from latchkey_client.api.measurements import download_csv, download_rows, upload, upload_csv
from latchkey_client.models import CreateCallBody, GetTokenResponse, Problem, RegisterClientBody, UploadBody
from latchkey_client.types import File

base = os.environ['LATCHKEY_URL']


def client(token):
    return AuthenticatedClient(base_url=base, token=token)


def register(scope):
    body = RegisterClientBody(callback_url='https://app.example/', scope=scope)
    return register_client.sync(client=client(os.environ['ADMIN_TOKEN']), body=body).client_id


def token_of(client_id):
    return get_token.sync(client=Client(base_url=base), client_id=client_id, response=GetTokenResponse.JSON).auth_token


def sent(rows, app):
    return upload.sync(client=app, body=UploadBody.from_dict(rows))


app = client(token_of(register('upload download start')))
assert sent({'time': [1700000000, 1700000060], 'co2': [612, None]}, app).saved_in_db == 2
assert sent({'rows': [{'time': 1700000120, 'co2': 614}]}, app).saved_in_db == 1
assert upload_csv.sync(client=app, body=File(BytesIO(b'time,co2\n1700000180,615\n'))).saved_in_db == 1
assert [row['co2'] for row in download_rows.sync(client=app, cols='co2')] == [612, None, 614, 615]
assert download_csv.sync(client=app, cols='co2').payload.read().decode() == 'co2\r\n612\r\n\r\n614\r\n615\r\n'

invalid = sent({'co2': [[1]]}, app)
assert isinstance(invalid, Problem)
assert (invalid.status, invalid.code, invalid.errors[0].row) == (400, 'body_invalid', 1), invalid
assert start_session.sync(client=app).success
assert download_rows.sync(client=client('not.a.token')).code == 'credentials_invalid'
assert download_rows.sync(client=client(token_of(register('upload')))).code == 'not_allowed'

# `npm start` opens this endpoint.
ann, bob = (
    client(get_user_token.sync(client=Client(base_url=base), email=f'{name}@corp.example').token) for name in ('ann', 'bob')
)
call = create_call.sync(client=ann, body=CreateCallBody(contact_email='bob@corp.example'))
assert join_call.sync(client=bob, sid=call.sid).session_id == call.session_id
