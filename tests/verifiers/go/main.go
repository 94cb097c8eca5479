// Checks tokens with go-oidc, which starts with the issuer only. The argument is a file of tokens.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
)

type file struct {
	Issuer string
	Tokens []struct {
		Algorithm, Name, Token string
		Valid                  bool
	}
}

func main() {
	wrong, err := check(os.Args[1])
	if err != nil {
		fmt.Println(err)
	}
	if err != nil || wrong > 0 {
		os.Exit(1)
	}
	fmt.Println("go-oidc")
}

func check(path string) (wrong int, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var cases file
	if err := json.Unmarshal(text, &cases); err != nil {
		return 0, err
	}
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, cases.Issuer)
	if err != nil {
		return 0, err
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: cases.Issuer})
	for _, item := range cases.Tokens {
		if _, err := verifier.Verify(ctx, item.Token); (err == nil) != item.Valid {
			wrong++
			fmt.Printf("go-oidc: %s %s: %v\n", item.Algorithm, item.Name, err)
		}
	}
	return wrong, nil
}
