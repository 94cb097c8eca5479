"""Uses the client of openapi-generator. PYTHONPATH has it."""

import os
from latchkey_client import (
    ApiClient,
    ApiException,
    CallsApi,
    ClientsAndTokensApi,
    Configuration,
    CreateCallRequest,
    IdentitySessionsApi,
    MeasurementsApi,
    RegisterClientRequest,
)


def client(token=None):
    return ApiClient(Configuration(host=os.environ['LATCHKEY_URL'], access_token=token))


def register(scope):
    admin = ClientsAndTokensApi(client(os.environ['ADMIN_TOKEN']))
    return admin.register_client(RegisterClientRequest(callback_url='https://app.example/', scope=scope)).client_id


def token_of(client_id):
    return ClientsAndTokensApi(client()).get_token(client_id, response='json').auth_token


def problem_of(request, *arguments, **named):
    try:
        request(*arguments, **named)
    except ApiException as error:
        return error.data
    raise AssertionError('The request succeeds.')


app = client(token_of(register('upload download start')))
measurements = MeasurementsApi(app)
assert measurements.upload({'time': [1700000000, 1700000060], 'co2': [612, None]}).saved_in_db == 2
assert measurements.upload({'rows': [{'time': 1700000120, 'co2': 614}]}).saved_in_db == 1
assert measurements.upload_csv('time,co2\n1700000180,615\n'.encode()).saved_in_db == 1
assert [row['co2'] for row in measurements.download_rows(cols='co2')] == [612, None, 614, 615]
assert bytes(measurements.download_csv(cols='co2')).decode() == 'co2\r\n612\r\n\r\n614\r\n615\r\n'

invalid = problem_of(measurements.upload, {'co2': [[1]]})
assert (invalid.status, invalid.code, invalid.errors[0].row) == (400, 'body_invalid', 1), invalid
assert IdentitySessionsApi(app).start_session().success
assert problem_of(MeasurementsApi(client('not.a.token')).download_rows).code == 'credentials_invalid'
assert problem_of(MeasurementsApi(client(token_of(register('upload')))).download_rows).code == 'not_allowed'

# `npm start` opens this endpoint.
ann, bob = (
    CallsApi(client(CallsApi(client()).get_user_token(f'{name}@corp.example').token)) for name in ('ann', 'bob')
)
call = ann.create_call(CreateCallRequest(contact_email='bob@corp.example'))
assert bob.join_call(call.sid).session_id == call.session_id
