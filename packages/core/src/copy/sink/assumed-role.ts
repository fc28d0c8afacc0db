/**
 * S3 by the rights of a role that was lent for it, in this account or another.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { ConfigurationError, messageOf } from '../../runtime/index.ts';

/** As the other account's CloudTrail calls who it was. */
const SESSION = 'millrace-copier';

let sts: STSClient | undefined;
const clients = new Map<string, S3Client>();

/**
 * One client a process for each role and region. The SDK asks for new credentials before the old ones expire.
 * @param role ARN; absent for the function's own.
 * @param region absent for the function's own.
 */
export function s3As(role: string | undefined, region: string | undefined): S3Client {
  const name = `${role} ${region}`;
  const known = clients.get(name);
  if (known !== undefined) return known;
  const made = new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(role === undefined ? {} : { credentials: () => assume(role) }),
  });
  clients.set(name, made);
  return made;
}

async function assume(role: string) {
  sts ??= new STSClient({});
  try {
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: SESSION }));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = Credentials ?? {};
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      ...(Expiration === undefined ? {} : { expiration: Expiration }),
    };
  } catch (caught) {
    throw new ConfigurationError(
      `the role ${role} could not be assumed (${messageOf(caught)}); name it in packages/pipeline/src/reach.ts, ` +
        'deploy, and let it trust the copier',
      { cause: caught },
    );
  }
}
