/**
 * Records to measure with: about 420 bytes each, as different from each other as a shop's page views are.
 */

/** `count` page views as NDJSON, the same bytes each time. */
export function pageviews(count: number, title: string): Buffer {
  const lines: string[] = [];
  for (let n = 0; n < count; n++) {
    const time = new Date(Date.UTC(2026, 2, 2, 9) + n * 137).toISOString();
    lines.push(
      JSON.stringify({
        keen: { id: scatter(n).toString(16).padStart(24, '0'), created_at: time, timestamp: time },
        visitor: { id: `v-${scatter(n) % 5000}` },
        page: {
          url: `https://shop.example/p/p-${n % 40}?utm_source=newsletter&utm_medium=email&utm_campaign=spring&gclid=${scatter(n)}`,
          title: `${title} ${n % 40}`,
          load_ms: scatter(n) % 900,
        },
        referrer: n % 3 === 0 ? '' : 'https://www.google.com/',
        user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120',
        product_id: `p-${n % 40}`,
      }),
    );
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** Knuth's multiplicative hash: spreads consecutive numbers over 32 bits. */
function scatter(n: number): number {
  return Math.imul(n + 1, 2654435761) >>> 0;
}
