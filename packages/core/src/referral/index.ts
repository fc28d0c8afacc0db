export { type ClickId, clickIdOf } from './click-id.ts';
export { isPaymentHost, isWithin, type Site, siteOf } from './site.ts';
