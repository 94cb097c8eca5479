import java.net.HttpURLConnection
import java.net.URI
import java.net.URLEncoder
import java.security.MessageDigest
import java.security.SecureRandom
import java.util.Base64
import org.json.JSONObject

/** Gets an auth token with a one-time code (PKCE, RFC 7636). The callback URL of the client is com.example.app:/callback. */
class Handshake(private val base: String, private val clientId: String) {
    private val verifier = randomText()
    private val state = randomText()

    /** Open it in a browser: `CustomTabsIntent.Builder().build().launchUrl(context, Uri.parse(handshake.url))`. */
    val url: String
        get() {
            val challenge = encode(MessageDigest.getInstance("SHA-256").digest(verifier.toByteArray()))
            val query = form("client_id" to clientId, "code_challenge" to challenge, "code_challenge_method" to "S256", "state" to state)
            return "$base/token?$query"
        }

    /** Returns the auth token for the address that the browser opened in the app. Call it outside the main thread. */
    fun redeem(callback: String): String {
        val answer = URI(callback).query.split("&").associate { it.substringBefore("=") to it.substringAfter("=") }
        require(answer["state"] == state) { "The callback belongs to another handshake." }
        val body = form("grant_type" to "authorization_code", "client_id" to clientId, "code" to answer.getValue("code"), "code_verifier" to verifier)
        val request = URI("$base/token").toURL().openConnection() as HttpURLConnection
        request.doOutput = true
        request.outputStream.use { it.write(body.toByteArray()) }
        val isOk = request.responseCode == 200
        val response = JSONObject((if (isOk) request.inputStream else request.errorStream).reader().readText())
        check(isOk) { response.getString("error_description") }
        return response.getString("access_token")
    }

    private fun randomText() = encode(ByteArray(32).also { SecureRandom().nextBytes(it) })
    private fun encode(bytes: ByteArray) = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)
    private fun form(vararg members: Pair<String, String>) =
        members.joinToString("&") { (name, value) -> name + "=" + URLEncoder.encode(value, "UTF-8") }
}
