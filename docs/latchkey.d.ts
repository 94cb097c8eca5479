// Made of the API description by: node dev/check-description.ts --write
// biome-ignore-all format: as openapi-typescript writes it
// biome-ignore-all lint: as openapi-typescript writes it

export interface paths {
    "/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Register a public client
         * @description Registers a public app with the scope `upload`, the way the collector does it. `POST` can say more about the app. Each call makes another client.
         *
         *     Parameters that are not listed are refused (400).
         */
        get: operations["registerPublicClient"];
        put?: never;
        /**
         * Register a client
         * @description Registers an app: a public one, whose `client_id` may stand in source code, or a confidential one, which also gets a secret that stays on a server. Anyone who knows the id of a public client can get its tokens: give it the scope `download` only if its data may be read by anyone.
         */
        post: operations["registerClient"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an auth token for an app
         * @description Redirects to the callback of the app with `auth_token`, `expiry` and `participant_id` in its query, or inside its fragment when the app routes by that (`https://ui.example/#/`). The same facts are in the body. A caller whose `Accept` prefers `application/json` to `text/html` gets 200 instead. A token is valid for many calls until it expires. A confidential client proves itself by `Authorization: Basic`.
         *
         *     Parameters that are not listed are passed over.
         */
        get: operations["getToken"];
        put?: never;
        /**
         * Exchange client id and secret for an auth token
         * @description OAuth's client credentials grant (RFC 6749, section 4.4). Id and secret go into `Authorization: Basic` or into the form, not into both; the address takes no parameters.
         */
        post: operations["grantToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/introspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask about an auth token
         * @description Tells a confidential client whether a token of its own counts, and what it may do (RFC 7662). A token of another client, one that is over and what is no token at all read alike: `{"active": false}`.
         */
        post: operations["introspectToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End an auth token
         * @description Ends a token of the client, from the next call on (RFC 7009). What is no token of its own is answered alike and changes nothing. A public client sends its `client_id` in the form instead of a secret.
         */
        post: operations["revokeToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Public keys of auth tokens
         * @description The keys that sign auth tokens, will sign them, or have signed some that may still live (RFC 7517). A service can check tokens with them offline; only `/introspect` knows of revocations.
         */
        get: operations["getKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/oauth-authorization-server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the endpoints of OAuth are
         * @description What an OAuth client needs to find its way (RFC 8414).
         */
        get: operations["getOAuthMetadata"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload measurements
         * @description Stores the rows of a table: all of them, or none. Column names are lower-cased, and a new column needs no preparation. A row's time is in the first of the columns `time`, `time_utc`, `timestamp` that the upload has: UNIX seconds, UNIX milliseconds or ISO 8601; where there is none, the time of receipt counts. Repeating an upload whose rows have times changes nothing; send an `Idempotency-Key` with rows that have none. `Content-Encoding: gzip` is welcome.
         *
         *     A device without an auth token proves itself by a salted checksum. With the salt `my-super-secret-psk`, the body `{"time_utc":[43,23],"co2":[1223,2351]}` has the header `Content-MD5-Salted: b71e91feb2be18ccca019914a1da5b1d`.
         *
         *     At most 100000 rows, 1000 columns, 1000 boxes and 6000000 bytes, also after unzipping.
         *
         *     An auth token needs the scope `upload`.
         *
         *     Parameters that are not listed are passed over.
         */
        post: operations["upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/download": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download measurements
         * @description Gives the rows of a client, by source and time unless `order_by` says otherwise. `Link: <…>; rel="next"` leads to the next page; following it until it is missing gives every row exactly once, also while uploads go on. A page may hold fewer rows than `number`, even none, and still have a next one. The columns `time_upload_utc`, `matched_checksums` and `failed_checksums` are added by the server. A browser that shows the page and has no credentials is given one without rows that asks for a token.
         *
         *     An auth token needs the scope `download`.
         *
         *     Parameters that are not listed are refused (400).
         */
        get: operations["download"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Headers of a download
         * @description As `GET /download`, without the rows.
         *
         *     An auth token needs the scope `download`.
         *
         *     Parameters that are not listed are refused (400).
         */
        head: operations["headDownload"];
        patch?: never;
        trace?: never;
    };
    "/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the series of a client
         * @description Tells which sources a client has and which columns each has; for one source also the times that it spans.
         *
         *     An auth token needs the scope `download`.
         *
         *     Parameters that are not listed are refused (400).
         */
        get: operations["listSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit answers and files
         * @description Stores a document of answers and files under the participant of the auth token: all of it, or none. The same, sent again, is stored once. A token may be used for many submissions until it expires. Files may have any field name; fields that mean nothing here are named in the answer (`ignored`).
         *
         *     At most 100 files of 4700000 bytes each, 1000 parts, and about 4700000 bytes in all, since Lambda takes 6 MB in base64.
         *
         *     An auth token needs the scope `upload`.
         */
        post: operations["submit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/submissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List submissions
         * @description Lists what a client has submitted, without the contents, the newest first. `Link: <…>; rel="next"` leads to the next page; a page may hold fewer than `number`, even none, and still have a next one. What was submitted a moment ago may not be listed yet.
         *
         *     An auth token needs the scope `download`.
         *
         *     Parameters that are not listed are refused (400).
         */
        get: operations["listSubmissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/submissions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a submission
         * @description Gives what `GET /submissions` lists, of one submission.
         *
         *     An auth token needs the scope `download`.
         */
        get: operations["getSubmission"];
        put?: never;
        post?: never;
        /**
         * Remove a submission
         * @description Removes a submission with its contents, for good.
         *
         *     An auth token needs the scope `download`.
         */
        delete: operations["deleteSubmission"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/submissions/{id}/{part}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fetch the document or a file of a submission
         * @description Gives a part byte for byte as it was sent, with the media type that it was sent with, to be saved: browsers do not show it.
         *
         *     An auth token needs the scope `download`.
         */
        get: operations["getSubmissionPart"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Begin an identity session
         * @description Begins a session at Incode, or gives again the one of `uniqueId`. A session that has begun keeps its parameters. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`).
         *
         *     An auth token needs the scope `start`.
         *
         *     Parameters that are not listed are refused (400).
         */
        get: operations["startSession"];
        put?: never;
        /**
         * Begin an identity session, parameters in the body
         * @description As `GET /start`. Parameters may stand in the query or in the body, each in one of them.
         *
         *     An auth token needs the scope `start`.
         *
         *     Parameters that are not listed are refused (400).
         */
        post: operations["startSessionByBody"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/onboarding-url": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Begin an identity session with a page
         * @description As `GET /start`, with the `url` where the person goes through the session. When Incode gives none, the refusal has the `uniqueId` of the session that has begun: the next call resumes it.
         *
         *     An auth token needs the scope `start`.
         *
         *     Parameters that are not listed are refused (400).
         */
        get: operations["getOnboardingUrl"];
        put?: never;
        /**
         * Begin an identity session with a page, parameters in the body
         * @description As `POST /start`, with the `url` where the person goes through the session. When Incode gives none, the refusal has the `uniqueId` of the session that has begun: the next call resumes it.
         *
         *     An auth token needs the scope `start`.
         *
         *     Parameters that are not listed are refused (400).
         */
        post: operations["getOnboardingUrlByBody"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/onboarding-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far a session is
         * @description Tells how far a session is, by what Incode has said in its events. The caller proves that it is theirs by its token, by the auth token that began it, or by its `uniqueId`.
         *
         *     An auth token needs the scope `start`.
         *
         *     Parameters that are not listed are refused (400).
         */
        get: operations["getSessionStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/fetch-score": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether a finished session has passed
         * @description Asks Incode for the score of a session, with the token of that session.
         *
         *     Parameters that are not listed are refused (400).
         */
        get: operations["fetchScore"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What became of a session
         * @description Asks Incode where a person who has gone through a session goes next. The token of the session is the credential.
         */
        post: operations["finishSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the user token of a person
         * @description Gives the user token of the person who has an e-mail address at Help Lightning. An auth token with the scope `session` is for that person alone, whom a confidential client has named as its participant; one with the scope `impersonate` is for a server that looks after its users. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`).
         *
         *     An auth token needs the scope `session` or `impersonate`.
         *
         *     Parameters that are not listed are refused (400).
         */
        get: operations["getUserToken"];
        put?: never;
        /**
         * Verify a face login
         * @description Asks Incode whether an attempt to log in by face is genuine. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`).
         *
         *     An auth token needs the scope `start`.
         */
        post: operations["verifyLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Join a call
         * @description Gives the contact their side of a call. A PIN that is wrong, over, or another’s is answered 404, all alike; after ten of those, 429.
         *
         *     Parameters that are not listed are refused (400).
         */
        get: operations["joinCall"];
        put?: never;
        /**
         * Create a call
         * @description Creates a call with a contact. Its `sid` is a PIN: whoever creates the call tells it to the contact, who joins with it by `GET /session`. The same person asking for the same contact within a minute is given the same call.
         */
        post: operations["createCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/access-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an access token of Sethealth
         * @description Exchanges the service account at Sethealth for a short-lived access token, which a page may have. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`).
         *
         *     An auth token needs the scope `access-token`.
         *
         *     Parameters that are not listed are refused (400).
         */
        get: operations["getAccessToken"];
        put?: never;
        /**
         * Get an access token of Sethealth, parameters in the body
         * @description As `GET /access-token`. Parameters may stand in the query or in the body, each in one of them.
         *
         *     An auth token needs the scope `access-token`.
         *
         *     Parameters that are not listed are refused (400).
         */
        post: operations["getAccessTokenByBody"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An event of Incode
         * @description Where Incode sends its "onboarding status" events. An event is kept once, by its interview and status, and moves its session forward. Statuses and fields that are not known are kept. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`), as long as no header is agreed on.
         *
         *     An auth token needs the scope `webhook`.
         */
        post: operations["receiveIncodeEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An event of Incode, which may end in an identity
         * @description As `/webhook`. For a session that has finished, Incode is asked for its score, and when that is OK, to make an identity: once, however often the event comes. While Incode fails, so does this, and Incode comes again. The answer holds a token that acts for the person: keep this endpoint closed wherever anybody else could call it.
         *
         *     An auth token needs the scope `webhook`.
         */
        post: operations["approveSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhook/helplightning": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An event of Help Lightning
         * @description Where Help Lightning sends its events. An event is kept once; nothing is done about it.
         */
        post: operations["receiveHelpLightningEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What this is
         * @description The start page for browsers; programs, which do not ask for HTML, hear where to go on.
         */
        get: operations["getStartPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Whether this answers
         * @description As `GET /`, without the body.
         */
        head: operations["headStartPage"];
        patch?: never;
        trace?: never;
    };
    "/uploadhelp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How to upload
         * @description Sample commands for uploads, for people.
         */
        get: operations["getUploadHelp"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This description, to read and try
         * @description The description of every endpoint as a page.
         */
        get: operations["getDocumentation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This description
         * @description The description of every endpoint, in OpenAPI 3.1.
         */
        get: operations["getDescription"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the pages load
         * @description Scripts, style sheets and images of the pages.
         */
        get: operations["getAsset"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether all is well
         * @description Tells the version, and whether the tables answer. For monitoring.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description What went wrong, for programs. Codes stay as they are.
         *
         *     | code | status | title |
         *     |---|---|---|
         *     | `parameter_invalid` | 400 | A parameter is missing or cannot be understood |
         *     | `body_invalid` | 400 | The body cannot be understood |
         *     | `grant_unsupported` | 400 | This way to get a token is not supported |
         *     | `scope_invalid` | 400 | The scope is not one that may be asked for |
         *     | `client_unauthorized` | 400 | This client may not do this |
         *     | `limit_exceeded` | 400 | The upload goes beyond a documented limit |
         *     | `range_too_large` | 400 | The range is too large to be ordered in one answer |
         *     | `credentials_missing` | 401 | This needs credentials |
         *     | `credentials_invalid` | 401 | These credentials are not valid |
         *     | `token_expired` | 401 | The token has expired |
         *     | `user_token_expired` | 401 | The user token has expired |
         *     | `not_allowed` | 403 | These credentials do not allow this |
         *     | `client_unknown` | 403 | No such client |
         *     | `not_found` | 404 | There is nothing here |
         *     | `too_many_attempts` | 429 | Too many attempts |
         *     | `body_too_large` | 413 | The body is too large |
         *     | `content_type_unsupported` | 415 | This content type is not supported |
         *     | `content_encoding_unsupported` | 415 | This content encoding is not supported |
         *     | `idempotency_key_reused` | 422 | This Idempotency-Key belongs to another upload |
         *     | `internal_error` | 500 | Something went wrong on our side |
         *     | `provider_not_configured` | 501 | The provider is not set up here |
         *     | `provider_refused` | 502 | The provider refused the request |
         *     | `provider_answer_invalid` | 502 | The answer of the provider cannot be understood |
         *     | `provider_unavailable` | 503 | The provider does not answer at the moment |
         *     | `pins_exhausted` | 503 | There is no PIN left at the moment |
         *     | `event_in_progress` | 503 | This event is being worked on |
         *     | `provider_timeout` | 504 | The provider did not answer in time |
         *     | `storage_unavailable` | 503 | The store does not answer at the moment |
         * @enum {string}
         */
        ProblemCode: "parameter_invalid" | "body_invalid" | "grant_unsupported" | "scope_invalid" | "client_unauthorized" | "limit_exceeded" | "range_too_large" | "credentials_missing" | "credentials_invalid" | "token_expired" | "user_token_expired" | "not_allowed" | "client_unknown" | "not_found" | "too_many_attempts" | "body_too_large" | "content_type_unsupported" | "content_encoding_unsupported" | "idempotency_key_reused" | "internal_error" | "provider_not_configured" | "provider_refused" | "provider_answer_invalid" | "provider_unavailable" | "pins_exhausted" | "event_in_progress" | "provider_timeout" | "storage_unavailable";
        /** @description A place at fault in what was sent. */
        Fault: {
            /** @description The parameter, header, field or column at fault. */
            field?: string;
            /** @description Row of the table, from 1. */
            row?: number;
            /** @description Line of the body, from 1. */
            line?: number;
            /** @description Column of the line, from 1. */
            column?: number;
            /** @description Byte of the body, from 0. */
            byte?: number;
            /** @description What is wrong there. */
            detail: string;
        };
        /** @description Why a request was refused (RFC 9457). */
        Problem: {
            /** @description The code as a URI. */
            type: string;
            /** @description What the code means, for people. The same for every problem of a code. */
            title: string;
            /** @description The HTTP status. */
            status: number;
            /** @description What is the matter this time, and what may be done about it. */
            detail: string;
            code: components["schemas"]["ProblemCode"];
            /** @description The places at fault. */
            errors?: components["schemas"]["Fault"][];
            /** @description Names the request in the logs of the service: quote it when you ask for help. */
            request_id: string;
        };
        /** @description A problem with the members that Incode's sample pages read. */
        IncodeProblem: {
            /** @description The code as a URI. */
            type: string;
            /** @description What the code means, for people. The same for every problem of a code. */
            title: string;
            /** @description The HTTP status. */
            status: number;
            /** @description What is the matter this time, and what may be done about it. */
            detail: string;
            code: components["schemas"]["ProblemCode"];
            /** @description The places at fault. */
            errors?: components["schemas"]["Fault"][];
            /** @description Names the request in the logs of the service: quote it when you ask for help. */
            request_id: string;
            /** @constant */
            success: false;
            /** @description The same as `detail`. */
            error: string;
            /**
             * @description Of a face login that could not be verified.
             * @constant
             */
            verified?: false;
            /** @description Of a session that has begun nevertheless: `/start` resumes it by this. */
            uniqueId?: string;
        };
        /** @description Why a request of OAuth was refused (RFC 6749, section 5.2). */
        OAuthError: {
            /** @enum {string} */
            error: "invalid_request" | "invalid_client" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope" | "temporarily_unavailable" | "server_error";
            /** @description What is the matter this time, in ASCII. */
            error_description: string;
        };
        /** @description What API Gateway says when no function could answer. */
        GatewayMessage: {
            message: string;
        };
        /** @description One side of a call. */
        Call: {
            /** @description The PIN of the call, which one tells the other. */
            sid: string;
            /** @description The session at Help Lightning: a list of one, or a text where the deployment says so (`HLSERVER_SESSION_ID`). */
            session_id: string[] | string;
            /** @description The token of one’s side of the session. */
            session_token: string;
            /** @description The user token that was sent. */
            user_token: string;
            /** @description Where the video goes. */
            url: string;
            /** @description Where it goes over WebSocket. */
            ws_url: string;
        };
        /** @description A value: null where there is none. */
        Cell: number | string | boolean | null;
        /** @description The values of a row, by column. */
        Row: {
            [key: string]: components["schemas"]["Cell"];
        };
        /** @description The values of each column. Short columns are filled up with null. */
        Columns: {
            [key: string]: components["schemas"]["Cell"][];
        };
        /** @description Where rows land: a client, and within it a source. */
        Series: {
            source: string;
            /** @description Names of its columns. */
            columns: string[];
            /**
             * Format: date-time
             * @description Time of its first row, where one source was asked for.
             */
            first?: string;
            /**
             * Format: date-time
             * @description Time of its last row.
             */
            last?: string;
        };
        /** @description What was submitted, without the contents. */
        Submission: {
            /** @description Made of what was submitted: the same, sent again, has the same. */
            id: string;
            /** @description The app that has sent it. */
            client_id: string;
            /** @description The participant of the auth token. */
            participant_id?: string;
            /** @description Whether a confidential client has named the participant. */
            participant_trusted?: boolean;
            /** Format: date-time */
            received_at: string;
            /** @description The document with the answers, where there is one. */
            responses?: {
                /** @description Bytes. */
                size: number;
                /** @description SHA-256 of them, in hexadecimal. */
                sha256: string;
            };
            files: {
                name: string;
                /** @description Its media type. */
                type: string;
                /** @description Bytes. */
                size: number;
                /** @description SHA-256 of them, in hexadecimal. */
                sha256: string;
            }[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    registerPublicClient: {
        parameters: {
            query: {
                /** @description Where `/token` sends the app’s user back to: an absolute http(s) URL without user name or password. A deployed stage refuses localhost, private and link-local addresses in every spelling. */
                callback_url: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The client is registered. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Names the app. Of a public client it may stand in source code. */
                        client_id: string;
                        /** @description Of a confidential client: shown here and never again. */
                        client_secret?: string;
                    };
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    registerClient: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: uri
                     * @description Where `/token` sends the app’s user back to: an absolute http(s) URL without user name or password. A deployed stage refuses localhost, private and link-local addresses in every spelling.
                     */
                    callback_url: string;
                    /** @description A name for people. */
                    name?: string;
                    /**
                     * @description `public` or `confidential`.
                     * @default public
                     * @enum {string}
                     */
                    kind?: "public" | "confidential";
                    /**
                     * @description What the tokens of the client may do: names separated by blanks, out of `upload`, `download`, `start`, `session`, `webhook`, `access-token`, `impersonate`. `webhook` and `impersonate` are for confidential clients.
                     * @default upload
                     * @example upload download
                     */
                    scope?: string;
                    /** @description A salt of the client’s own, at random, for devices that sign their uploads. No two clients may have the same. */
                    checksum_salt?: string;
                };
            };
        };
        responses: {
            /** @description The client is registered. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Names the app. Of a public client it may stand in source code. */
                        client_id: string;
                        /** @description Of a confidential client: shown here and never again. */
                        client_secret?: string;
                    };
                };
            };
            /** @description `parameter_invalid`, `body_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid" | "body_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid";
                    };
                };
            };
            /**
             * @description `body_too_large`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 413;
                        /** @enum {string} */
                        code: "body_too_large";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `content_encoding_unsupported`, `content_type_unsupported` */
            415: {
                headers: {
                    /** @description The encodings that would be taken. */
                    "Accept-Encoding"?: string;
                    /** @description The content types that would be taken. */
                    Accept?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 415;
                        /** @enum {string} */
                        code: "content_encoding_unsupported" | "content_type_unsupported";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    getToken: {
        parameters: {
            query: {
                /** @description The app, as `/register` has named it. */
                client_id: string;
                /** @description How long the token shall live. The default, and the longest, are settings of the deployment. */
                expiry_minutes?: number;
                /** @description The person or thing that the token stands for; given back unchanged. The token then lacks the scopes `webhook` and `impersonate`. */
                participant_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token, for a caller that prefers JSON. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The auth token: a JWT, to be sent as `Authorization: Bearer`. */
                        auth_token: string;
                        /**
                         * Format: date-time
                         * @description When it ends (UTC).
                         */
                        expiry: string;
                        /** @description As it was sent. */
                        participant_id?: string;
                        /** @description Seconds until it ends. */
                        expires_in: number;
                        /** @constant */
                        token_type: "Bearer";
                        /**
                         * Format: uri
                         * @description As the client was registered.
                         */
                        callback_url: string;
                    };
                };
            };
            /** @description The token, on its way to the app. */
            302: {
                headers: {
                    /** @description Where the browser goes next. */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The auth token: a JWT, to be sent as `Authorization: Bearer`. */
                        auth_token: string;
                        /**
                         * Format: date-time
                         * @description When it ends (UTC).
                         */
                        expiry: string;
                        /** @description As it was sent. */
                        participant_id?: string;
                        /** @description Seconds until it ends. */
                        expires_in: number;
                        /** @constant */
                        token_type: "Bearer";
                        /**
                         * Format: uri
                         * @description As the client was registered.
                         */
                        callback_url: string;
                    };
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid";
                    };
                };
            };
            /** @description `client_unknown` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "client_unknown";
                    };
                };
            };
            /**
             * @description `too_many_attempts`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            429: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 429;
                        /** @enum {string} */
                        code: "too_many_attempts";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    grantToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    /** @description The client, where its id and secret are not sent as `Authorization: Basic`. */
                    client_id?: string;
                    /** @description Its secret, where it is not sent as `Authorization: Basic`. */
                    client_secret?: string;
                    /**
                     * @description The kind of grant.
                     * @enum {string}
                     */
                    grant_type: "client_credentials";
                    /** @description What the token shall be able to do: names separated by blanks, out of those registered. Default: all of them. */
                    scope?: string;
                    /** @description The person for whom the client asks, whom Latchkey then trusts to be that. */
                    participant_id?: string;
                    /**
                     * @description Seconds that the token shall live, from 60 to 86400; fewer where the deployment says so.
                     * @default 5400
                     */
                    expires_in?: number;
                };
            };
        };
        responses: {
            /** @description The token. */
            200: {
                headers: {
                    /** @description Keeps the answer out of old caches. */
                    Pragma: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The auth token. */
                        access_token: string;
                        /** @constant */
                        token_type: "Bearer";
                        /** @description Seconds until it ends. */
                        expires_in: number;
                        /** @description What it may do: names separated by blanks. */
                        scope: string;
                    };
                };
            };
            /** @description `parameter_invalid`, `grant_unsupported`, `scope_invalid`, `client_unauthorized`, `content_type_unsupported` */
            400: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description `credentials_missing`, `credentials_invalid` */
            401: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma: string;
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `too_many_attempts`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            429: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control"?: string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma?: string;
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"] | components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control"?: string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"] | components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control"?: string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma?: string;
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"] | components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    introspectToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    /** @description The client, where its id and secret are not sent as `Authorization: Basic`. */
                    client_id?: string;
                    /** @description Its secret, where it is not sent as `Authorization: Basic`. */
                    client_secret?: string;
                    /** @description The auth token that it is about. */
                    token: string;
                    /** @description Taken because the RFC has it; there is one kind of token here. */
                    token_type_hint?: string;
                };
            };
        };
        responses: {
            /** @description What the token is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        active: true;
                        /** @description What the token may do: names separated by blanks. */
                        scope: string;
                        client_id: string;
                        /** @constant */
                        token_type: "Bearer";
                        /** @description When it ends, in UNIX seconds. */
                        exp: number;
                        /** @description When it was issued, in UNIX seconds. */
                        iat: number;
                        /** @description The client. */
                        sub: string;
                        /**
                         * Format: uri
                         * @description The service.
                         */
                        aud: string;
                        /**
                         * Format: uri
                         * @description The service.
                         */
                        iss: string;
                        /**
                         * Format: uuid
                         * @description Names the token.
                         */
                        jti: string;
                        /** @description The person or thing that it stands for. */
                        participant_id?: string;
                    } | {
                        /** @constant */
                        active: false;
                    };
                };
            };
            /** @description `parameter_invalid`, `client_unauthorized`, `content_type_unsupported` */
            400: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description `credentials_missing`, `credentials_invalid` */
            401: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma: string;
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `too_many_attempts`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            429: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control"?: string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma?: string;
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"] | components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control"?: string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"] | components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control"?: string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma?: string;
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"] | components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    /** @description The client, where its id and secret are not sent as `Authorization: Basic`. */
                    client_id?: string;
                    /** @description Its secret, where it is not sent as `Authorization: Basic`. */
                    client_secret?: string;
                    /** @description The auth token that it is about. */
                    token: string;
                    /** @description Taken because the RFC has it; there is one kind of token here. */
                    token_type_hint?: string;
                };
            };
        };
        responses: {
            /** @description The token counts no more. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description `parameter_invalid`, `content_type_unsupported` */
            400: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description `credentials_missing`, `credentials_invalid` */
            401: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma: string;
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `too_many_attempts`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            429: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control"?: string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma?: string;
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"] | components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control"?: string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"] | components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control"?: string;
                    /** @description Keeps the answer out of old caches. */
                    Pragma?: string;
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"] | components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    getKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys. */
            200: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/jwk-set+json": {
                        keys: {
                            /** @constant */
                            kty: "OKP";
                            /** @constant */
                            crv: "Ed25519";
                            /** @description The public key, in base64url. */
                            x: string;
                            /** @description Names the key; tokens carry it in their header. */
                            kid: string;
                            /** @constant */
                            alg: "EdDSA";
                            /** @constant */
                            use: "sig";
                        }[];
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    getOAuthMetadata: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metadata. */
            200: {
                headers: {
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uri */
                        issuer: string;
                        /** Format: uri */
                        token_endpoint: string;
                        token_endpoint_auth_methods_supported: string[];
                        /** Format: uri */
                        introspection_endpoint: string;
                        introspection_endpoint_auth_methods_supported: string[];
                        /** Format: uri */
                        revocation_endpoint: string;
                        revocation_endpoint_auth_methods_supported: string[];
                        /** Format: uri */
                        jwks_uri: string;
                        scopes_supported: ("upload" | "download" | "start" | "session" | "webhook" | "access-token" | "impersonate")[];
                        response_types_supported: string[];
                        grant_types_supported: string[];
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    upload: {
        parameters: {
            query?: {
                /** @description Whose salt a salted checksum is made with. Needed once more than 1,000 clients have salts. */
                client_id?: string;
            };
            header?: {
                /** @description Names this upload, so that sending it again stores its rows once; remembered for seven days. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Columns"] | components["schemas"]["Row"][] | components["schemas"]["Row"];
                "application/x-ndjson": string;
                "application/ndjson": string;
                "application/jsonl": string;
                "text/csv": string;
                "application/x-www-form-urlencoded": {
                    [key: string]: string[];
                };
                "application/msgpack": unknown;
                "application/x-msgpack": unknown;
                "application/vnd.msgpack": unknown;
            };
        };
        responses: {
            /** @description The rows are stored. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description How many rows. */
                        "saved-in-db": number;
                        /** @description What is stored otherwise than it was sent, in sentences. */
                        warnings?: string[];
                    };
                };
            };
            /** @description `parameter_invalid`, `body_invalid`, `limit_exceeded` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid" | "body_invalid" | "limit_exceeded";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /**
             * @description `body_too_large`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 413;
                        /** @enum {string} */
                        code: "body_too_large";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `content_type_unsupported`, `content_encoding_unsupported` */
            415: {
                headers: {
                    /** @description The content types that would be taken. */
                    Accept?: string;
                    /** @description The encodings that would be taken. */
                    "Accept-Encoding"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 415;
                        /** @enum {string} */
                        code: "content_type_unsupported" | "content_encoding_unsupported";
                    };
                };
            };
            /** @description `idempotency_key_reused` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 422;
                        /** @enum {string} */
                        code: "idempotency_key_reused";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    download: {
        parameters: {
            query?: {
                /** @description `html` (a page), `csv`, `json` or `ndjson`. */
                format?: "html" | "csv" | "json" | "ndjson";
                /** @description Columns, separated by commas. Default: all, times first, then by name. One that does not exist comes empty. */
                cols?: string;
                /** @description Rows of a page. */
                number?: number;
                /** @description A column, a comma and `asc` or `desc`: orders the whole result; empty cells come last. */
                order_by?: string;
                /** @description The earliest time of a row: UNIX seconds, UNIX milliseconds or ISO 8601. */
                from?: string;
                /** @description The latest time of a row: UNIX seconds, UNIX milliseconds or ISO 8601. */
                to?: string;
                /** @description One source only: the value of the column `box`, else the participant of the token, else `default`. */
                source?: string;
                /** @description Whose data, for the admin; others may name none but their own client. Default: the caller’s own. */
                client_id?: string;
                /** @description `defuse` puts an apostrophe before texts of CSV that a spreadsheet would run as a formula; `keep` leaves them. */
                formulas?: "defuse" | "keep";
                /** @description Where the page begins: taken from the `Link` of the page before. */
                cursor?: string;
                /** @description Inclusive bounds, `min_<column>` and `max_<column>`, each a parameter of its own: numbers compare as numbers, times as times, the rest as text. Rows without a comparable value are left out. */
                bounds?: {
                    [key: string]: string;
                };
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of rows. */
            200: {
                headers: {
                    /** @description Leads to the next page, as `<path?query>; rel="next"`; missing on the last. */
                    Link?: string;
                    /** @description Has browsers save the answer as a file, and names it. */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                    "text/csv": string;
                    "application/json": components["schemas"]["Row"][];
                    "application/x-ndjson": string;
                };
            };
            /** @description `parameter_invalid`, `range_too_large` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid" | "range_too_large";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    headDownload: {
        parameters: {
            query?: {
                /** @description `html` (a page), `csv`, `json` or `ndjson`. */
                format?: "html" | "csv" | "json" | "ndjson";
                /** @description Columns, separated by commas. Default: all, times first, then by name. One that does not exist comes empty. */
                cols?: string;
                /** @description Rows of a page. */
                number?: number;
                /** @description A column, a comma and `asc` or `desc`: orders the whole result; empty cells come last. */
                order_by?: string;
                /** @description The earliest time of a row: UNIX seconds, UNIX milliseconds or ISO 8601. */
                from?: string;
                /** @description The latest time of a row: UNIX seconds, UNIX milliseconds or ISO 8601. */
                to?: string;
                /** @description One source only: the value of the column `box`, else the participant of the token, else `default`. */
                source?: string;
                /** @description Whose data, for the admin; others may name none but their own client. Default: the caller’s own. */
                client_id?: string;
                /** @description `defuse` puts an apostrophe before texts of CSV that a spreadsheet would run as a formula; `keep` leaves them. */
                formulas?: "defuse" | "keep";
                /** @description Where the page begins: taken from the `Link` of the page before. */
                cursor?: string;
                /** @description Inclusive bounds, `min_<column>` and `max_<column>`, each a parameter of its own: numbers compare as numbers, times as times, the rest as text. Rows without a comparable value are left out. */
                bounds?: {
                    [key: string]: string;
                };
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The headers of a page of rows. */
            200: {
                headers: {
                    /** @description Leads to the next page, as `<path?query>; rel="next"`; missing on the last. */
                    Link?: string;
                    /** @description Has browsers save the answer as a file, and names it. */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `parameter_invalid`, `range_too_large` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listSeries: {
        parameters: {
            query?: {
                /** @description Whose data, for the admin; others may name none but their own client. Default: the caller’s own. */
                client_id?: string;
                /** @description One source only. */
                source?: string;
                /** @description Where the page begins: taken from the `Link` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The series, by name. */
            200: {
                headers: {
                    /** @description Leads to the next page, as `<path?query>; rel="next"`; missing on the last. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        series: components["schemas"]["Series"][];
                    };
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    submit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description An auth token with the scope `upload`, where it is not sent as a Bearer. */
                    auth_token?: string;
                    /** @description A JSON document, stored byte for byte. */
                    responses?: string;
                    /** @description Any number of files, each with a filename. */
                    file?: string[];
                } & {
                    [key: string]: unknown;
                };
                "application/x-www-form-urlencoded": {
                    /** @description An auth token with the scope `upload`, where it is not sent as a Bearer. */
                    auth_token?: string;
                    /** @description A JSON document, stored byte for byte. */
                    responses?: string;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description It is stored. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "accepted";
                        /** @description Names the submission. */
                        id: string;
                        /** @description Names of fields that were left aside. */
                        ignored?: string[];
                    };
                };
            };
            /** @description `parameter_invalid`, `body_invalid`, `limit_exceeded` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid" | "body_invalid" | "limit_exceeded";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /**
             * @description `body_too_large`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 413;
                        /** @enum {string} */
                        code: "body_too_large";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `content_type_unsupported`, `content_encoding_unsupported` */
            415: {
                headers: {
                    /** @description The encodings that would be taken. */
                    "Accept-Encoding"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 415;
                        /** @enum {string} */
                        code: "content_type_unsupported" | "content_encoding_unsupported";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    listSubmissions: {
        parameters: {
            query?: {
                /** @description Whose data, for the admin; others may name none but their own client. Default: the caller’s own. */
                client_id?: string;
                /** @description Of one participant only. */
                participant_id?: string;
                /** @description The earliest time of receipt: UNIX seconds, UNIX milliseconds or ISO 8601. */
                from?: string;
                /** @description The latest time of receipt: UNIX seconds, UNIX milliseconds or ISO 8601. */
                to?: string;
                /** @description Submissions of a page. */
                number?: number;
                /** @description Where the page begins: taken from the `Link` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of submissions. */
            200: {
                headers: {
                    /** @description Leads to the next page, as `<path?query>; rel="next"`; missing on the last. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        submissions: components["schemas"]["Submission"][];
                    };
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    getSubmission: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The submission, as `POST /submit` has named it. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The submission. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Submission"];
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 404;
                        /** @enum {string} */
                        code: "not_found";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    deleteSubmission: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The submission, as `POST /submit` has named it. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 404;
                        /** @enum {string} */
                        code: "not_found";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    getSubmissionPart: {
        parameters: {
            query?: never;
            header?: {
                /** @description So many bytes only, as in `bytes=0-99`. Several ranges at once, or one beyond the end, count as none. A file of more than 4,700,000 bytes, which only an import can bring, has to be asked for in ranges. */
                Range?: string;
            };
            path: {
                /** @description The submission, as `POST /submit` has named it. */
                id: string;
                /** @description `responses` for the document with the answers, or the number of a file, from 1. */
                part: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes. */
            200: {
                headers: {
                    /** @description Has browsers save the answer as a file, and names it. */
                    "Content-Disposition": string;
                    /** @description That a Range may be asked for, in bytes. */
                    "Accept-Ranges": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                    "text/plain": string;
                    "*/*": unknown;
                };
            };
            /** @description The bytes of the range. */
            206: {
                headers: {
                    /** @description Has browsers save the answer as a file, and names it. */
                    "Content-Disposition": string;
                    /** @description That a Range may be asked for, in bytes. */
                    "Accept-Ranges": string;
                    /** @description Which bytes these are, and of how many: `bytes 0-99/4700000`. */
                    "Content-Range": string;
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                    "*/*": unknown;
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 404;
                        /** @enum {string} */
                        code: "not_found";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    startSession: {
        parameters: {
            query?: {
                /** @description The session to resume, as it was named when it began. */
                uniqueId?: string;
                /** @description Another name of `uniqueId`. */
                uuid?: string;
                /** @description Where the person goes after the session: an absolute http(s) URL without user name, or one with an app’s scheme such as `com.example.app:/`. */
                redirectUrl?: string;
                /** @description Another name of `redirectUrl`. */
                redirectionUrl?: string;
                /** @description Your id of the person. When a confidential client has named the participant of the auth token, it is that, and nothing else is taken. */
                externalCustomerId?: string;
                /** @description Language of the session, a tag such as `en-US`, which is the default. */
                language?: string;
                /** @description The flow of Incode, out of those that the deployment allows. Default: the one that it names. */
                flowId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        /** @description The token of the session: a device may have it, and its SDK of Incode takes it. */
                        token: string;
                        /** @description Incode’s name of the session. */
                        interviewId: string;
                        /**
                         * Format: uuid
                         * @description Resumes the session, and proves that it is the caller’s: only who has begun it knows it.
                         */
                        uniqueId: string;
                        /**
                         * Format: uuid
                         * @description The same as `uniqueId`, as Incode’s earlier sample pages read it.
                         */
                        uuid: string;
                    };
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /** @description `provider_refused`, `provider_answer_invalid` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 502;
                        /** @enum {string} */
                        code: "provider_refused" | "provider_answer_invalid";
                    };
                };
            };
            /**
             * @description `provider_unavailable`, `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "provider_unavailable" | "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_timeout` */
            504: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 504;
                        /** @enum {string} */
                        code: "provider_timeout";
                    };
                };
            };
        };
    };
    startSessionByBody: {
        parameters: {
            query?: {
                /** @description The session to resume, as it was named when it began. */
                uniqueId?: string;
                /** @description Another name of `uniqueId`. */
                uuid?: string;
                /** @description Where the person goes after the session: an absolute http(s) URL without user name, or one with an app’s scheme such as `com.example.app:/`. */
                redirectUrl?: string;
                /** @description Another name of `redirectUrl`. */
                redirectionUrl?: string;
                /** @description Your id of the person. When a confidential client has named the participant of the auth token, it is that, and nothing else is taken. */
                externalCustomerId?: string;
                /** @description Language of the session, a tag such as `en-US`, which is the default. */
                language?: string;
                /** @description The flow of Incode, out of those that the deployment allows. Default: the one that it names. */
                flowId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description The session to resume, as it was named when it began. */
                    uniqueId?: string;
                    /** @description Another name of `uniqueId`. */
                    uuid?: string;
                    /**
                     * Format: uri
                     * @description Where the person goes after the session: an absolute http(s) URL without user name, or one with an app’s scheme such as `com.example.app:/`.
                     */
                    redirectUrl?: string;
                    /**
                     * Format: uri
                     * @description Another name of `redirectUrl`.
                     */
                    redirectionUrl?: string;
                    /** @description Your id of the person. When a confidential client has named the participant of the auth token, it is that, and nothing else is taken. */
                    externalCustomerId?: string;
                    /** @description Language of the session, a tag such as `en-US`, which is the default. */
                    language?: string;
                    /** @description The flow of Incode, out of those that the deployment allows. Default: the one that it names. */
                    flowId?: string;
                };
            };
        };
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        /** @description The token of the session: a device may have it, and its SDK of Incode takes it. */
                        token: string;
                        /** @description Incode’s name of the session. */
                        interviewId: string;
                        /**
                         * Format: uuid
                         * @description Resumes the session, and proves that it is the caller’s: only who has begun it knows it.
                         */
                        uniqueId: string;
                        /**
                         * Format: uuid
                         * @description The same as `uniqueId`, as Incode’s earlier sample pages read it.
                         */
                        uuid: string;
                    };
                };
            };
            /** @description `parameter_invalid`, `body_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid" | "body_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /**
             * @description `body_too_large`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 413;
                        /** @enum {string} */
                        code: "body_too_large";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `content_encoding_unsupported` */
            415: {
                headers: {
                    /** @description The encodings that would be taken. */
                    "Accept-Encoding": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 415;
                        /** @enum {string} */
                        code: "content_encoding_unsupported";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /** @description `provider_refused`, `provider_answer_invalid` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 502;
                        /** @enum {string} */
                        code: "provider_refused" | "provider_answer_invalid";
                    };
                };
            };
            /**
             * @description `provider_unavailable`, `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "provider_unavailable" | "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_timeout` */
            504: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 504;
                        /** @enum {string} */
                        code: "provider_timeout";
                    };
                };
            };
        };
    };
    getOnboardingUrl: {
        parameters: {
            query?: {
                /** @description The session to resume, as it was named when it began. */
                uniqueId?: string;
                /** @description Another name of `uniqueId`. */
                uuid?: string;
                /** @description Where the person goes after the session: an absolute http(s) URL without user name, or one with an app’s scheme such as `com.example.app:/`. */
                redirectUrl?: string;
                /** @description Another name of `redirectUrl`. */
                redirectionUrl?: string;
                /** @description Your id of the person. When a confidential client has named the participant of the auth token, it is that, and nothing else is taken. */
                externalCustomerId?: string;
                /** @description Language of the session, a tag such as `en-US`, which is the default. */
                language?: string;
                /** @description The flow of Incode, out of those that the deployment allows. Default: the one that it names. */
                flowId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        /** @description The token of the session: a device may have it, and its SDK of Incode takes it. */
                        token: string;
                        /** @description Incode’s name of the session. */
                        interviewId: string;
                        /**
                         * Format: uuid
                         * @description Resumes the session, and proves that it is the caller’s: only who has begun it knows it.
                         */
                        uniqueId: string;
                        /**
                         * Format: uuid
                         * @description The same as `uniqueId`, as Incode’s earlier sample pages read it.
                         */
                        uuid: string;
                        /**
                         * Format: uri
                         * @description Where the person goes through the session.
                         */
                        url: string;
                    };
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /** @description `provider_refused`, `provider_answer_invalid` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 502;
                        /** @enum {string} */
                        code: "provider_refused" | "provider_answer_invalid";
                    };
                };
            };
            /**
             * @description `provider_unavailable`, `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "provider_unavailable" | "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_timeout` */
            504: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 504;
                        /** @enum {string} */
                        code: "provider_timeout";
                    };
                };
            };
        };
    };
    getOnboardingUrlByBody: {
        parameters: {
            query?: {
                /** @description The session to resume, as it was named when it began. */
                uniqueId?: string;
                /** @description Another name of `uniqueId`. */
                uuid?: string;
                /** @description Where the person goes after the session: an absolute http(s) URL without user name, or one with an app’s scheme such as `com.example.app:/`. */
                redirectUrl?: string;
                /** @description Another name of `redirectUrl`. */
                redirectionUrl?: string;
                /** @description Your id of the person. When a confidential client has named the participant of the auth token, it is that, and nothing else is taken. */
                externalCustomerId?: string;
                /** @description Language of the session, a tag such as `en-US`, which is the default. */
                language?: string;
                /** @description The flow of Incode, out of those that the deployment allows. Default: the one that it names. */
                flowId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description The session to resume, as it was named when it began. */
                    uniqueId?: string;
                    /** @description Another name of `uniqueId`. */
                    uuid?: string;
                    /**
                     * Format: uri
                     * @description Where the person goes after the session: an absolute http(s) URL without user name, or one with an app’s scheme such as `com.example.app:/`.
                     */
                    redirectUrl?: string;
                    /**
                     * Format: uri
                     * @description Another name of `redirectUrl`.
                     */
                    redirectionUrl?: string;
                    /** @description Your id of the person. When a confidential client has named the participant of the auth token, it is that, and nothing else is taken. */
                    externalCustomerId?: string;
                    /** @description Language of the session, a tag such as `en-US`, which is the default. */
                    language?: string;
                    /** @description The flow of Incode, out of those that the deployment allows. Default: the one that it names. */
                    flowId?: string;
                };
            };
        };
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        /** @description The token of the session: a device may have it, and its SDK of Incode takes it. */
                        token: string;
                        /** @description Incode’s name of the session. */
                        interviewId: string;
                        /**
                         * Format: uuid
                         * @description Resumes the session, and proves that it is the caller’s: only who has begun it knows it.
                         */
                        uniqueId: string;
                        /**
                         * Format: uuid
                         * @description The same as `uniqueId`, as Incode’s earlier sample pages read it.
                         */
                        uuid: string;
                        /**
                         * Format: uri
                         * @description Where the person goes through the session.
                         */
                        url: string;
                    };
                };
            };
            /** @description `parameter_invalid`, `body_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid" | "body_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /**
             * @description `body_too_large`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 413;
                        /** @enum {string} */
                        code: "body_too_large";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `content_encoding_unsupported` */
            415: {
                headers: {
                    /** @description The encodings that would be taken. */
                    "Accept-Encoding": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 415;
                        /** @enum {string} */
                        code: "content_encoding_unsupported";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /** @description `provider_refused`, `provider_answer_invalid` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 502;
                        /** @enum {string} */
                        code: "provider_refused" | "provider_answer_invalid";
                    };
                };
            };
            /**
             * @description `provider_unavailable`, `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "provider_unavailable" | "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_timeout` */
            504: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 504;
                        /** @enum {string} */
                        code: "provider_timeout";
                    };
                };
            };
        };
    };
    getSessionStatus: {
        parameters: {
            query: {
                /** @description The session, as `/start` has named it. */
                interviewId: string;
                /** @description The `uniqueId` of the session, where nothing else proves whose it is. */
                uniqueId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        interviewId: string;
                        /** @description The furthest status that Incode has sent, `UNKNOWN` when it has sent none. */
                        onboardingStatus: string;
                        /** @description Whether an identity was made; null until that is decided. */
                        approved: boolean | null;
                    };
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 404;
                        /** @enum {string} */
                        code: "not_found";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    fetchScore: {
        parameters: {
            query: {
                /** @description The session, as `/start` has named it. */
                interviewId: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The score. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        /** @enum {string} */
                        score: "OK" | "FAIL";
                    };
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_invalid` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_invalid";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /** @description `provider_answer_invalid` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 502;
                        /** @enum {string} */
                        code: "provider_answer_invalid";
                    };
                };
            };
            /**
             * @description `provider_unavailable`, `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "provider_unavailable" | "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_timeout` */
            504: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 504;
                        /** @enum {string} */
                        code: "provider_timeout";
                    };
                };
            };
        };
    };
    finishSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The token of the session. */
                    token: string;
                };
            };
        };
        responses: {
            /** @description What became of it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        /** @description Where the person goes next. */
                        redirectionUrl?: string | null;
                        /** @description `approved`, `rejected`, `manualReview` or `none`. */
                        action?: string | null;
                    };
                };
            };
            /** @description `parameter_invalid`, `body_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid" | "body_invalid";
                    };
                };
            };
            /** @description `credentials_invalid` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_invalid";
                    };
                };
            };
            /**
             * @description `body_too_large`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 413;
                        /** @enum {string} */
                        code: "body_too_large";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `content_encoding_unsupported` */
            415: {
                headers: {
                    /** @description The encodings that would be taken. */
                    "Accept-Encoding": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 415;
                        /** @enum {string} */
                        code: "content_encoding_unsupported";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /** @description `provider_answer_invalid` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 502;
                        /** @enum {string} */
                        code: "provider_answer_invalid";
                    };
                };
            };
            /**
             * @description `provider_unavailable`, `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "provider_unavailable" | "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_timeout` */
            504: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 504;
                        /** @enum {string} */
                        code: "provider_timeout";
                    };
                };
            };
        };
    };
    getUserToken: {
        parameters: {
            query: {
                /** @description The address of the person. */
                email: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description What `/session` takes. */
                        token: string;
                    };
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 404;
                        /** @enum {string} */
                        code: "not_found";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /** @description `provider_refused`, `provider_answer_invalid` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 502;
                        /** @enum {string} */
                        code: "provider_refused" | "provider_answer_invalid";
                    };
                };
            };
            /**
             * @description `provider_unavailable`, `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "provider_unavailable" | "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_timeout` */
            504: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 504;
                        /** @enum {string} */
                        code: "provider_timeout";
                    };
                };
            };
        };
    };
    verifyLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The attempt, as the SDK of Incode has named it. */
                    transactionId: string;
                    /** @description The token of the attempt, from the SDK. */
                    token: string;
                    /** @description The token of the interview, from the SDK. */
                    interviewToken: string;
                };
            };
        };
        responses: {
            /** @description The verdict, with whatever else Incode says. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Whether the attempt is genuine. */
                        verified: boolean;
                        transactionId?: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description `parameter_invalid`, `body_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid" | "body_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /**
             * @description `body_too_large`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 413;
                        /** @enum {string} */
                        code: "body_too_large";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `content_encoding_unsupported` */
            415: {
                headers: {
                    /** @description The encodings that would be taken. */
                    "Accept-Encoding": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 415;
                        /** @enum {string} */
                        code: "content_encoding_unsupported";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /** @description `provider_refused`, `provider_answer_invalid` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 502;
                        /** @enum {string} */
                        code: "provider_refused" | "provider_answer_invalid";
                    };
                };
            };
            /**
             * @description `provider_unavailable`, `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "provider_unavailable" | "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_timeout` */
            504: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 504;
                        /** @enum {string} */
                        code: "provider_timeout";
                    };
                };
            };
        };
    };
    joinCall: {
        parameters: {
            query: {
                /** @description The PIN. */
                sid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The side of the contact. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `user_token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "user_token_expired";
                    };
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 404;
                        /** @enum {string} */
                        code: "not_found";
                    };
                };
            };
            /**
             * @description `too_many_attempts`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            429: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 429;
                        /** @enum {string} */
                        code: "too_many_attempts";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    createCall: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: email
                     * @description The address of the contact.
                     */
                    contact_email: string;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description The side of who has created it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            /** @description `parameter_invalid`, `body_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid" | "body_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `user_token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "user_token_expired";
                    };
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 404;
                        /** @enum {string} */
                        code: "not_found";
                    };
                };
            };
            /**
             * @description `body_too_large`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 413;
                        /** @enum {string} */
                        code: "body_too_large";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `content_encoding_unsupported` */
            415: {
                headers: {
                    /** @description The encodings that would be taken. */
                    "Accept-Encoding": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 415;
                        /** @enum {string} */
                        code: "content_encoding_unsupported";
                    };
                };
            };
            /**
             * @description `too_many_attempts`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            429: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 429;
                        /** @enum {string} */
                        code: "too_many_attempts";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /** @description `provider_refused`, `provider_answer_invalid` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 502;
                        /** @enum {string} */
                        code: "provider_refused" | "provider_answer_invalid";
                    };
                };
            };
            /**
             * @description `storage_unavailable`, `pins_exhausted`, `event_in_progress`, `provider_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable" | "pins_exhausted" | "event_in_progress" | "provider_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_timeout` */
            504: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 504;
                        /** @enum {string} */
                        code: "provider_timeout";
                    };
                };
            };
        };
    };
    getAccessToken: {
        parameters: {
            query?: {
                /** @description Seconds that it shall live. */
                expires_in?: number;
                /** @description Your id of the end user. A public client may claim anybody’s. When a confidential client has named the participant of the auth token, it is that, and nothing else is taken. */
                user_id?: string;
                /** @description Whether it is for the test side of the service. */
                test_mode?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The access token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The access token of Sethealth. */
                        token: string;
                        /** @description Seconds that it lives. */
                        expires_in: number;
                    };
                };
            };
            /** @description `parameter_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /** @description `provider_refused`, `provider_answer_invalid` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 502;
                        /** @enum {string} */
                        code: "provider_refused" | "provider_answer_invalid";
                    };
                };
            };
            /**
             * @description `provider_unavailable`, `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "provider_unavailable" | "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_timeout` */
            504: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 504;
                        /** @enum {string} */
                        code: "provider_timeout";
                    };
                };
            };
        };
    };
    getAccessTokenByBody: {
        parameters: {
            query?: {
                /** @description Seconds that it shall live. */
                expires_in?: number;
                /** @description Your id of the end user. A public client may claim anybody’s. When a confidential client has named the participant of the auth token, it is that, and nothing else is taken. */
                user_id?: string;
                /** @description Whether it is for the test side of the service. */
                test_mode?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description Seconds that it shall live.
                     * @default 900
                     */
                    expires_in?: number;
                    /** @description Your id of the end user. A public client may claim anybody’s. When a confidential client has named the participant of the auth token, it is that, and nothing else is taken. */
                    user_id?: string;
                    /** @description Whether it is for the test side of the service. */
                    test_mode?: boolean;
                };
            };
        };
        responses: {
            /** @description The access token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The access token of Sethealth. */
                        token: string;
                        /** @description Seconds that it lives. */
                        expires_in: number;
                    };
                };
            };
            /** @description `parameter_invalid`, `body_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid" | "body_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /**
             * @description `body_too_large`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 413;
                        /** @enum {string} */
                        code: "body_too_large";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `content_encoding_unsupported` */
            415: {
                headers: {
                    /** @description The encodings that would be taken. */
                    "Accept-Encoding": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 415;
                        /** @enum {string} */
                        code: "content_encoding_unsupported";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /** @description `provider_refused`, `provider_answer_invalid` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 502;
                        /** @enum {string} */
                        code: "provider_refused" | "provider_answer_invalid";
                    };
                };
            };
            /**
             * @description `provider_unavailable`, `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "provider_unavailable" | "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_timeout` */
            504: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 504;
                        /** @enum {string} */
                        code: "provider_timeout";
                    };
                };
            };
        };
    };
    receiveIncodeEvent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The session. */
                    interviewId: string;
                    /** @description How far it is, such as `ONBOARDING_FINISHED`. */
                    onboardingStatus: string;
                    /** @description The client of Incode. */
                    clientId?: string | null;
                    /** @description The flow of Incode. */
                    flowId?: string | null;
                    /** @description Your id of the person, as far as Incode knows it. */
                    externalId?: string | null;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description The event is kept: it is given back. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        interviewId: string;
                        onboardingStatus: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description `parameter_invalid`, `body_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid" | "body_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /**
             * @description `body_too_large`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 413;
                        /** @enum {string} */
                        code: "body_too_large";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `content_encoding_unsupported` */
            415: {
                headers: {
                    /** @description The encodings that would be taken. */
                    "Accept-Encoding": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 415;
                        /** @enum {string} */
                        code: "content_encoding_unsupported";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    approveSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The session. */
                    interviewId: string;
                    /** @description How far it is, such as `ONBOARDING_FINISHED`. */
                    onboardingStatus: string;
                    /** @description The client of Incode. */
                    clientId?: string | null;
                    /** @description The flow of Incode. */
                    flowId?: string | null;
                    /** @description Your id of the person, as far as Incode knows it. */
                    externalId?: string | null;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description The identity, why there is none, or the event where there is nothing to decide. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        /** @description What Incode says of the identity. Its `token` acts for the person. */
                        data: {
                            /** @constant */
                            success: true;
                            /** @description The identity. */
                            uuid: string;
                        } & {
                            [key: string]: unknown;
                        };
                    } | {
                        /** @constant */
                        success: false;
                        error: string;
                    } | ({
                        interviewId: string;
                        onboardingStatus: string;
                    } & {
                        [key: string]: unknown;
                    });
                };
            };
            /** @description `parameter_invalid`, `body_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "parameter_invalid" | "body_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid`, `token_expired` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid" | "token_expired";
                    };
                };
            };
            /** @description `not_allowed` */
            403: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 403;
                        /** @enum {string} */
                        code: "not_allowed";
                    };
                };
            };
            /**
             * @description `body_too_large`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 413;
                        /** @enum {string} */
                        code: "body_too_large";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `content_encoding_unsupported` */
            415: {
                headers: {
                    /** @description The encodings that would be taken. */
                    "Accept-Encoding": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 415;
                        /** @enum {string} */
                        code: "content_encoding_unsupported";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /** @description `provider_refused`, `provider_answer_invalid` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 502;
                        /** @enum {string} */
                        code: "provider_refused" | "provider_answer_invalid";
                    };
                };
            };
            /**
             * @description `storage_unavailable`, `event_in_progress`, `provider_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable" | "event_in_progress" | "provider_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_timeout` */
            504: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IncodeProblem"] & {
                        /** @constant */
                        status: 504;
                        /** @enum {string} */
                        code: "provider_timeout";
                    };
                };
            };
        };
    };
    receiveHelpLightningEvent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description The event is kept. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            /** @description `body_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 400;
                        /** @enum {string} */
                        code: "body_invalid";
                    };
                };
            };
            /** @description `credentials_missing`, `credentials_invalid` */
            401: {
                headers: {
                    /** @description The kind of credentials that is wanted (RFC 9110, RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 401;
                        /** @enum {string} */
                        code: "credentials_missing" | "credentials_invalid";
                    };
                };
            };
            /**
             * @description `body_too_large`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 413;
                        /** @enum {string} */
                        code: "body_too_large";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `content_encoding_unsupported` */
            415: {
                headers: {
                    /** @description The encodings that would be taken. */
                    "Accept-Encoding": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 415;
                        /** @enum {string} */
                        code: "content_encoding_unsupported";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description `provider_not_configured` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 501;
                        /** @enum {string} */
                        code: "provider_not_configured";
                    };
                };
            };
            /**
             * @description `storage_unavailable`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    /** @description After how many seconds the same may be sent again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 503;
                        /** @enum {string} */
                        code: "storage_unavailable";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    getStartPage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page, or for programs what this is. The page has the headers of all pages. */
            200: {
                headers: {
                    /** @description Names this version; sent back as `If-None-Match`, it saves the download. */
                    ETag?: string;
                    /** @description For how long the answer may be kept. */
                    "Cache-Control"?: string;
                    /** @description Which headers of the request the answer goes by. */
                    Vary?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        hello: "world";
                        /** @constant */
                        name: "latchkey";
                        version: string;
                        /** @description Which deployment this is; `local` on a developer’s machine. */
                        stage: string;
                        /** @description Where to ask whether it is well. */
                        health: string;
                        /** @description Where people read about the API. */
                        documentation: string;
                        /** @description Where programs read about the API: this description. */
                        description: string;
                    };
                    "text/html": string;
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    headStartPage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It answers. */
            200: {
                headers: {
                    /** @description Names this version; sent back as `If-None-Match`, it saves the download. */
                    ETag?: string;
                    /** @description For how long the answer may be kept. */
                    "Cache-Control"?: string;
                    /** @description Which headers of the request the answer goes by. */
                    Vary?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getUploadHelp: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version that the caller has. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    /** @description Names this version; sent back as `If-None-Match`, it saves the download. */
                    ETag: string;
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Which headers of the request the answer goes by. */
                    Vary: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description It is the version that the caller has. */
            304: {
                headers: {
                    /** @description Names this version; sent back as `If-None-Match`, it saves the download. */
                    ETag: string;
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Which headers of the request the answer goes by. */
                    Vary: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    getDocumentation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version that the caller has. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    /** @description Names this version; sent back as `If-None-Match`, it saves the download. */
                    ETag: string;
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Which headers of the request the answer goes by. */
                    Vary: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description It is the version that the caller has. */
            304: {
                headers: {
                    /** @description Names this version; sent back as `If-None-Match`, it saves the download. */
                    ETag: string;
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Which headers of the request the answer goes by. */
                    Vary: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    getDescription: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version that the caller has. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The description. */
            200: {
                headers: {
                    /** @description Names this version; sent back as `If-None-Match`, it saves the download. */
                    ETag: string;
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Which headers of the request the answer goes by. */
                    Vary: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description It is the version that the caller has. */
            304: {
                headers: {
                    /** @description Names this version; sent back as `If-None-Match`, it saves the download. */
                    ETag: string;
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Which headers of the request the answer goes by. */
                    Vary: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    getAsset: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version that the caller has. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The file, such as `style.css`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    /** @description Names this version; sent back as `If-None-Match`, it saves the download. */
                    ETag: string;
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Which headers of the request the answer goes by. */
                    Vary: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/css": string;
                    "text/javascript": string;
                    "image/svg+xml": string;
                    "application/json": unknown;
                    "text/html": string;
                };
            };
            /** @description It is the version that the caller has. */
            304: {
                headers: {
                    /** @description Names this version; sent back as `If-None-Match`, it saves the download. */
                    ETag: string;
                    /** @description For how long the answer may be kept. */
                    "Cache-Control": string;
                    /** @description Which headers of the request the answer goes by. */
                    Vary: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 404;
                        /** @enum {string} */
                        code: "not_found";
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All is well. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "degraded";
                        version: string;
                        /** @description The tables that do not answer. */
                        unreachable: string[];
                    };
                };
            };
            /** @description API Gateway itself: the request did not reach a function, or the function did not answer. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description `internal_error`
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status: 500;
                        /** @enum {string} */
                        code: "internal_error";
                    };
                    "application/json": components["schemas"]["GatewayMessage"];
                };
            };
            /**
             * @description A table does not answer.
             *
             *     API Gateway itself: the request did not reach a function, or the function did not answer.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "degraded";
                        version: string;
                        /** @description The tables that do not answer. */
                        unreachable: string[];
                    } | components["schemas"]["GatewayMessage"];
                };
            };
        };
    };
}
