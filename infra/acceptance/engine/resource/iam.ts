import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { z } from 'zod';
import { answered, resourceType } from './resource-type.ts';

const iam = new IAMClient({});

export const iamTypes = {
  'aws:iam/role:Role': resourceType(
    {
      name: z.string(),
      assumeRolePolicy: z.union([z.string(), z.record(z.string(), z.json())]),
      inlinePolicies: z.array(z.strictObject({ name: z.string(), policy: z.string() })),
      managedPolicyArns: z.tuple([]),
    },
    async ({ name, assumeRolePolicy, inlinePolicies }) => {
      const AssumeRolePolicyDocument =
        typeof assumeRolePolicy === 'string' ? assumeRolePolicy : JSON.stringify(assumeRolePolicy);
      const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
      for (const { name: PolicyName, policy } of inlinePolicies) {
        await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName, PolicyDocument: policy }));
      }
      return { id: name, outputs: { arn: answered(Role?.Arn, 'Role') } };
    },
  ),
};
