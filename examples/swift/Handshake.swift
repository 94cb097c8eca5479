import AuthenticationServices
import CryptoKit

struct HandshakeError: LocalizedError {
    let errorDescription: String?
}

/// Gets an auth token with a one-time code (PKCE, RFC 7636). The callback URL of the client is com.example.app:/callback.
@MainActor
final class Handshake: NSObject, ASWebAuthenticationPresentationContextProviding {
    func authToken(base: String, clientId: String) async throws -> String {
        let verifier = randomText(), state = randomText()
        let challenge = encode(Data(SHA256.hash(data: Data(verifier.utf8))))
        let query = form(["client_id": clientId, "code_challenge": challenge, "code_challenge_method": "S256", "state": state])
        let callback = try await open(URL(string: "\(base)/token?\(query)")!)
        let items = URLComponents(url: callback, resolvingAgainstBaseURL: false)?.queryItems ?? []
        let value = { (name: String) in items.first { $0.name == name }?.value }
        guard value("state") == state, let code = value("code") else {
            throw HandshakeError(errorDescription: "The callback belongs to another handshake.")
        }
        var request = URLRequest(url: URL(string: "\(base)/token")!)
        request.httpMethod = "POST"
        request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data(form(["grant_type": "authorization_code", "client_id": clientId, "code": code, "code_verifier": verifier]).utf8)
        let (data, _) = try await URLSession.shared.data(for: request)
        let response = try JSONDecoder().decode(Response.self, from: data)
        guard let token = response.access_token else { throw HandshakeError(errorDescription: response.error_description) }
        return token
    }

    private struct Response: Decodable {
        let access_token, error_description: String?
    }

    private func open(_ url: URL) async throws -> URL {
        try await withCheckedThrowingContinuation { continuation in
            let session = ASWebAuthenticationSession(url: url, callbackURLScheme: "com.example.app") { callback, error in
                if let callback { continuation.resume(returning: callback) } else { continuation.resume(throwing: error!) }
            }
            session.presentationContextProvider = self
            session.start()
        }
    }

    func presentationAnchor(for session: ASWebAuthenticationSession) -> ASPresentationAnchor { ASPresentationAnchor() }

    private func randomText() -> String { encode(Data((0..<32).map { _ in UInt8.random(in: 0...255) })) }

    private func encode(_ data: Data) -> String {
        data.base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    private func form(_ members: [String: String]) -> String {
        var components = URLComponents()
        components.queryItems = members.map { URLQueryItem(name: $0.key, value: $0.value) }
        return components.percentEncodedQuery ?? ""
    }
}
