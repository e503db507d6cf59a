// The integration in Kommo that tests of OAuth speak for.
import type { OAuthSettings } from "../../src/kommo/oauth/pair.ts";

export const OAUTH: OAuthSettings = {
  clientId: "7d3a0000-0000-4000-8000-0000000000ee",
  clientSecret: "secret-canary-of-the-integration",
  redirectUri: "https://pbx.example/oauth/kommo",
};

/** As the simulator is given it. */
export const INTEGRATION = {
  client_id: OAUTH.clientId,
  client_secret: OAUTH.clientSecret,
  redirect_uri: OAUTH.redirectUri,
};
