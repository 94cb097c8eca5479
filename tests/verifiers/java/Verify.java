import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/** Checks tokens with Nimbus and Spring Security, which start with the issuer only. The argument is a file of tokens. */
class Verify {
  interface Verifier {
    void verify(String token) throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, Object> file = JSONObjectUtils.parse(Files.readString(Path.of(arguments[0])));
    String issuer = JSONObjectUtils.getString(file, "issuer");
    Map<String, Verifier> verifiers = Map.of("Nimbus", nimbus(issuer), "Spring Security", spring(issuer));
    int wrong = 0;
    for (Map<String, Object> item : JSONObjectUtils.getJSONObjectArray(file, "tokens")) {
      String algorithm = JSONObjectUtils.getString(item, "algorithm");
      // Nimbus needs another library for Ed25519.
      if (algorithm.equals("EdDSA")) continue;
      for (Map.Entry<String, Verifier> verifier : verifiers.entrySet()) {
        Exception error = null;
        try {
          verifier.getValue().verify(JSONObjectUtils.getString(item, "token"));
        } catch (Exception caught) {
          error = caught;
        }
        if ((error == null) == JSONObjectUtils.getBoolean(item, "valid")) continue;
        wrong += 1;
        System.out.println(verifier.getKey() + ": " + algorithm + " " + item.get("name") + ": " + error);
      }
    }
    if (wrong > 0) System.exit(1);
    System.out.println("Nimbus, Spring Security");
  }

  static Verifier nimbus(String issuer) throws Exception {
    OIDCProviderMetadata metadata = OIDCProviderMetadata.resolve(new Issuer(issuer));
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(
            Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256),
            JWKSourceBuilder.create(metadata.getJWKSetURI().toURL()).build()));
    JWTClaimsSet expected = new JWTClaimsSet.Builder().issuer(issuer).build();
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(issuer, expected, Set.of("sub", "exp", "client_id", "scope")));
    return token -> processor.process(token, null);
  }

  /** As in docs/guides/oauth-for-servers.md. */
  static Verifier spring(String issuer) {
    NimbusJwtDecoder decoder =
        NimbusJwtDecoder.withIssuerLocation(issuer)
            .validateType(false)
            .jwsAlgorithms(
                algorithms ->
                    algorithms.addAll(Set.of(SignatureAlgorithm.RS256, SignatureAlgorithm.ES256)))
            .build();
    decoder.setJwtValidator(
        new DelegatingOAuth2TokenValidator<>(
            new JwtTypeValidator("at+jwt"),
            new JwtTimestampValidator(),
            new JwtIssuerValidator(issuer),
            new JwtClaimValidator<List<String>>("aud", audience -> audience.contains(issuer))));
    return decoder::decode;
  }
}
