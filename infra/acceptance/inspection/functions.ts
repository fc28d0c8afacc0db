import { GetRoleCommand, GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import {
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { at, type Json, text } from '../../test/graph.ts';
import { type ClientSettings, json, type Look } from './look.ts';

export function functionLooks(settings: ClientSettings): Record<string, Look> {
  const lambda = new LambdaClient(settings);
  return {
    'aws:lambda/function:Function': async (inputs, FunctionName) => {
      const { Configuration: found, Concurrency, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName }));
      return {
        runtime: [found?.Runtime, inputs.runtime],
        architectures: [found?.Architectures, inputs.architectures],
        timeout: [found?.Timeout, inputs.timeout],
        memory: [found?.MemorySize, inputs.memorySize],
        role: [found?.Role, inputs.role],
        logGroup: [found?.LoggingConfig?.LogGroup, at(inputs, 'loggingConfig', 'logGroup')],
        tracing: [found?.TracingConfig?.Mode, at(inputs, 'tracingConfig', 'mode')],
        variables: [found?.Environment?.Variables, at(inputs, 'environment', 'variables')],
        reserved: [Concurrency?.ReservedConcurrentExecutions, inputs.reservedConcurrentExecutions],
        tags: [Tags, inputs.tags],
      };
    },
    'aws:lambda/eventSourceMapping:EventSourceMapping': async (inputs, UUID) => {
      const found = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
      return {
        source: [found.EventSourceArn, inputs.eventSourceArn],
        batchSize: [found.BatchSize, inputs.batchSize],
        partialResponses: [found.FunctionResponseTypes, inputs.functionResponseTypes],
        concurrency: [found.ScalingConfig?.MaximumConcurrency, at(inputs, 'scalingConfig', 'maximumConcurrency')],
      };
    },
    'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig': async (inputs) => {
      const FunctionName = text(inputs, 'functionName');
      const found = await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
      return { retries: [found.MaximumRetryAttempts, inputs.maximumRetryAttempts] };
    },
    'aws:lambda/permission:Permission': async (inputs) => {
      const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: text(inputs, 'function') }));
      const policy = json(Policy) as Json; // JSON by definition
      const condition = at(policy, 'Statement', 0, 'Condition', 'ArnLike', 'AWS:SourceArn');
      return { action: [at(policy, 'Statement', 0, 'Action'), inputs.action], source: [condition, inputs.sourceArn] };
    },
  };
}

export function roleLooks(settings: ClientSettings): Record<string, Look> {
  const iam = new IAMClient(settings);
  return {
    'aws:iam/role:Role': async (inputs, RoleName) => {
      const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
      const policies = PolicyNames.map(async (PolicyName) => {
        const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
        return json(decodeURIComponent(PolicyDocument));
      });
      const wanted = at(inputs, 'inlinePolicies');
      return {
        trust: [json(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')), json(inputs.assumeRolePolicy)],
        policies: [
          await Promise.all(policies),
          Array.isArray(wanted) ? wanted.map((one) => json(at(one, 'policy'))) : [],
        ],
      };
    },
  };
}
