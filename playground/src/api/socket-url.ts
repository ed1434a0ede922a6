/** The address of the subscriptions, on the origin that served the page. */
export function socketUrl(page: string): string {
  const url = new URL('/graphql/ws', page);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
