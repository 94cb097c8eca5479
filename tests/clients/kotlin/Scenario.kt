import java.io.File
import java.net.URI
import latchkey_client.apis.CallsApi
import latchkey_client.apis.ClientsAndTokensApi
import latchkey_client.apis.IdentitySessionsApi
import latchkey_client.apis.MeasurementsApi
import latchkey_client.infrastructure.ApiClient
import latchkey_client.infrastructure.ClientError
import latchkey_client.infrastructure.ClientException
import latchkey_client.infrastructure.Serializer
import latchkey_client.models.CreateCallRequest
import latchkey_client.models.Problem
import latchkey_client.models.ProblemCode
import latchkey_client.models.RegisterClientRequest

val base: String = System.getenv("LATCHKEY_URL")
val clients = ClientsAndTokensApi(base)
val measurements = MeasurementsApi(base)
val calls = CallsApi(base)

fun register(scope: String): String {
    ApiClient.accessToken = System.getenv("ADMIN_TOKEN")
    return clients.registerClient(RegisterClientRequest(URI("https://app.example/"), scope = scope)).clientId
}

fun tokenOf(clientId: String): String {
    ApiClient.accessToken = null
    return clients.getToken(clientId, response = ClientsAndTokensApi.ResponseGetToken.json).authToken
}

/** `npm start` opens this endpoint. */
fun userTokenOf(email: String): String {
    ApiClient.accessToken = null
    return calls.getUserToken(email).token
}

fun problemOf(request: () -> Unit): Problem {
    try {
        request()
    } catch (error: ClientException) {
        val body = (error.response as ClientError<*>).body as String
        return Serializer.gson.fromJson(body, Problem::class.java)
    }
    throw IllegalStateException("The request succeeds.")
}

fun <T> expect(actual: T, expected: T) = check(actual == expected) { "$actual instead of $expected" }

fun main() {
    val token = tokenOf(register("upload download start"))
    ApiClient.accessToken = token
    expect(measurements.upload(mapOf("time" to listOf(1700000000, 1700000060), "co2" to listOf(612, null))).savedInDb, 2)
    expect(measurements.upload(mapOf("rows" to listOf(mapOf("time" to 1700000120, "co2" to 614)))).savedInDb, 1)
    val file = File.createTempFile("rows", ".csv").apply { writeText("time,co2\n1700000180,615\n") }
    expect(measurements.uploadCsv(file).savedInDb, 1)
    expect(measurements.downloadRows(cols = "co2").map { it["co2"] }, listOf(612.0, null, 614.0, 615.0))
    expect(measurements.downloadCsv(cols = "co2").readText(), "co2\r\n612\r\n\r\n614\r\n615\r\n")

    val invalid = problemOf { measurements.upload(mapOf("co2" to listOf(listOf(1)))) }
    expect(listOf(invalid.status, invalid.code, invalid.errors?.first()?.row), listOf(400, ProblemCode.body_invalid, 1))
    expect(IdentitySessionsApi(base).startSession().success, true)

    ApiClient.accessToken = "not.a.token"
    expect(problemOf { measurements.downloadRows() }.code, ProblemCode.credentials_invalid)
    ApiClient.accessToken = tokenOf(register("upload"))
    expect(problemOf { measurements.downloadRows() }.code, ProblemCode.not_allowed)

    ApiClient.accessToken = userTokenOf("ann@corp.example")
    val ann = calls.createCall(CreateCallRequest("bob@corp.example"))
    ApiClient.accessToken = userTokenOf("bob@corp.example")
    expect(calls.joinCall(ann.sid).sessionId, ann.sessionId)
}
