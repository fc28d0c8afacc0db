/** The account and region the stack plays. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

export const functionArn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
