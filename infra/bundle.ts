/**
 * How functions are bundled, beyond what SST does by itself.
 */

/**
 * Ways to come by credentials that no function takes: Lambda puts them into the environment, where the SDK looks first. It
 * imports the others when it needs them, so they may be missing; they would be a tenth of each bundle.
 */
const external = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/**
 * Of `nodejs` of a function. Not `splitting`, which would leave out of a start what the SDK imports when it needs it: SST 3.19.3
 * then names the file after the handler, and has Lambda look for `bundle`.
 */
export const bundling = { esbuild: { external } };
