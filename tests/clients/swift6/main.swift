import Foundation
import LatchkeyClient

let environment = ProcessInfo.processInfo.environment

/// Calls Latchkey with a bearer token. The generated functions take it as `apiConfiguration`.
func client(_ token: String? = nil) -> LatchkeyClientAPIConfiguration {
    LatchkeyClientAPIConfiguration(
        basePath: environment["LATCHKEY_URL"]!,
        customHeaders: token.map { ["Authorization": "Bearer \($0)"] } ?? [:]
    )
}

func register(_ scope: String) async throws -> String {
    try await ClientsAndTokensAPI.registerClient(
        registerClientRequest: RegisterClientRequest(callbackUrl: "https://app.example/", scope: scope),
        apiConfiguration: client(environment["ADMIN_TOKEN"])
    ).clientId
}

func token(of clientId: String) async throws -> String {
    try await ClientsAndTokensAPI.getToken(clientId: clientId, response: .json, apiConfiguration: client()).authToken
}

func userToken(of email: String) async throws -> String {
    try await CallsAPI.getUserToken(email: email, apiConfiguration: client()).token
}

func problem(of request: () async throws -> Void) async -> Problem {
    do {
        try await request()
    } catch ErrorResponse.error(_, let data?, _, _) {
        return try! JSONDecoder().decode(Problem.self, from: data)
    } catch {}
    preconditionFailure("The request has no problem.")
}

func expect<Value: Equatable>(_ actual: Value, _ expected: Value) {
    precondition(actual == expected, "\(actual) instead of \(expected)")
}

let app = client(try await token(of: try await register("upload download start")))
let columns: [String: JSONValue] = ["time": [1700000000, 1700000060], "co2": [612, nil]]
expect(try await MeasurementsAPI.upload(requestBody: columns, apiConfiguration: app).savedInDb, 2)
let rows: [String: JSONValue] = ["rows": [["time": 1700000120, "co2": 614]]]
expect(try await MeasurementsAPI.upload(requestBody: rows, apiConfiguration: app).savedInDb, 1)
let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).csv")
try "time,co2\n1700000180,615\n".write(to: file, atomically: true, encoding: .utf8)
expect(try await MeasurementsAPI.uploadCsv(body: file, apiConfiguration: app).savedInDb, 1)
let downloaded = try await MeasurementsAPI.downloadRows(cols: "co2", apiConfiguration: app)
expect(downloaded.map { $0["co2"] }, [.int(612), .null, .int(614), .int(615)])
let csv = try await MeasurementsAPI.downloadCsv(cols: "co2", apiConfiguration: app)
expect(try String(contentsOf: csv, encoding: .utf8), "co2\r\n612\r\n\r\n614\r\n615\r\n")

let invalid = await problem { _ = try await MeasurementsAPI.upload(requestBody: ["co2": [[1]]], apiConfiguration: app) }
expect(invalid.status, 400)
expect(invalid.code, .bodyInvalid)
expect(invalid.errors?[0].row, 1)
expect(try await IdentitySessionsAPI.startSession(apiConfiguration: app).success, true)
let unknown = await problem { _ = try await MeasurementsAPI.downloadRows(apiConfiguration: client("not.a.token")) }
expect(unknown.code, .credentialsInvalid)
let uploader = client(try await token(of: try await register("upload")))
let denied = await problem { _ = try await MeasurementsAPI.downloadRows(apiConfiguration: uploader) }
expect(denied.code, .notAllowed)

// `npm start` opens this endpoint.
let (ann, bob) = (
    client(try await userToken(of: "ann@corp.example")), client(try await userToken(of: "bob@corp.example"))
)
let call = try await CallsAPI.createCall(
    createCallRequest: CreateCallRequest(contactEmail: "bob@corp.example"), apiConfiguration: ann)
expect(try await CallsAPI.joinCall(sid: call.sid, apiConfiguration: bob).sessionId, call.sessionId)
