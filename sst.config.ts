/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app(input) {
    const permanent = /^(production|staging)(-|$)/.test(input.stage); // production-eu is as permanent as production
    return {
      name: 'millrace',
      home: 'aws',
      removal: permanent ? 'retain' : 'remove',
      protect: permanent,
      providers: { aws: { defaultTags: { tags: { 'cost-center': 'millrace' } } } }, // beside sst:app and sst:stage
    };
  },
  async run() {
    await import('./infra/link.ts'); // before anything that could be linked
    await import('./infra/secret.ts');
    const { bus } = await import('./infra/bus.ts');
    const { streams, state } = await import('./infra/storage.ts');
    const { alerts, deliveries } = await import('./infra/alerts.ts');
    await import('./infra/workflows.ts');
    await import('./infra/triggers.ts');
    const { operators } = await import('./infra/monitoring.ts');
    return {
      streams: streams.name,
      state: state.name,
      events: bus.name,
      alerts: alerts.arn,
      deliveries: deliveries.queue.url,
      ...(operators === undefined ? {} : { operators: operators.arn }),
    };
  },
});
