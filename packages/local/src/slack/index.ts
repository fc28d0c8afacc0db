export { type SlackAnswer, type SlackMessage, type SlackStandIn, startSlack } from './stand-in.ts';
