/**
 * The two gRPC services a program talks to: the monitor, which takes its resources and answers its data sources, and
 * the engine, which takes its log. A method that is not here is refused by gRPC itself, by name.
 */
import { ask } from '../../test/synth/provider.ts';
import type { Deployment } from './deployment.ts';
import type { Engine, Grpc, Monitor, Pulumi } from './pulumi.ts';
import { fieldsOf, revealedFields } from './wire.ts';

type Call<Request> = Grpc.ServerUnaryCall<Request, unknown>;
type Answer = Grpc.sendUnaryData<unknown>;

/** What the program may send; the rest it then leaves out. */
const FEATURES = ['secrets', 'resourceReferences'];

export function monitorMethods(pulumi: Pulumi, deployment: Deployment): Grpc.UntypedServiceImplementation {
  const { Struct, Empty, monitor, provider } = pulumi;
  return {
    supportsFeature: answering((request: Monitor.SupportsFeatureRequest) => {
      const response = new monitor.SupportsFeatureResponse();
      response.setHassupport(FEATURES.includes(request.getId()));
      return response;
    }),
    invoke: answering((request: Monitor.ResourceInvokeRequest) => {
      const response = new provider.InvokeResponse();
      try {
        const found = ask(request.getTok(), revealedFields(fieldsOf(request.getArgs())));
        response.setReturn(Struct.fromJavaScript(found));
      } catch (caught) {
        throw deployment.fail(caught instanceof Error ? caught.message : String(caught));
      }
      return response;
    }),
    registerResource: answering(async (request: Monitor.RegisterResourceRequest) => {
      const { urn, id, outputs } = await deployment.register({
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent(),
        custom: request.getCustom(),
        dependencies: request.getDependenciesList(),
        inputs: fieldsOf(request.getObject()),
      });
      const response = new monitor.RegisterResourceResponse();
      response.setUrn(urn);
      response.setId(id);
      response.setObject(Struct.fromJavaScript(outputs));
      return response;
    }),
    registerResourceOutputs: answering((request: Monitor.RegisterResourceOutputsRequest) => {
      deployment.addOutputs(request.getUrn(), fieldsOf(request.getOutputs()));
      return new Empty();
    }),
    signalAndWaitForShutdown: answering(() => new Empty()),
  };
}

/** Of Pulumi's severities (debug, info, warning, error) only the last ends a deployment. */
const ERROR = 3;

export function engineMethods(pulumi: Pulumi, deployment: Deployment): Grpc.UntypedServiceImplementation {
  const { Empty, engine } = pulumi;
  let root = '';
  return {
    log: answering((request: Engine.LogRequest) => {
      if (request.getSeverity() >= ERROR) deployment.fail(request.getMessage(), request.getUrn() || undefined);
      return new Empty();
    }),
    getRootResource: answering(() => {
      const response = new engine.GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    setRootResource: answering((request: Engine.SetRootResourceRequest) => {
      root = request.getUrn();
      return new engine.SetRootResourceResponse();
    }),
  };
}

/** A method of a service from a function; what it throws is the answer. */
function answering<Request>(method: (request: Request) => unknown) {
  return (call: Call<Request>, answer: Answer): void => {
    Promise.resolve()
      .then(() => method(call.request))
      .then(
        (response) => answer(null, response),
        (caught: Error) => answer(caught),
      );
  };
}
