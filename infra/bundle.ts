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
 * Of `nodejs` of a function. Splitting puts what the SDK imports when it needs it into files beside the bundle, which are then
 * not loaded at start; in one file, esbuild would wrap each module that such an import reaches, to run it later, and V8
 * reads what is wrapped twice.
 */
export const bundling = { splitting: true, esbuild: { external } };
