import type { HubHouse } from './house.ts';

/** The configured address; a hub without one is asked at the address that it answers at. */
export function addressOf(hub: Pick<HubHouse, 'config'>, host: string | readonly string[] | undefined): string {
  const { publicUrl, host: own, port } = hub.config;
  if (publicUrl !== undefined) return publicUrl;
  return typeof host === 'string' && /^[\w.-]+(:\d+)?$/.test(host) ? `http://${host}` : `http://${own}:${port}`;
}
