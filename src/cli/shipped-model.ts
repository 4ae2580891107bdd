import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHIPPED = fileURLToPath(new URL('../../models/', import.meta.url));

/** The folder of a model that ships with the product. */
export function shippedModel(name: string): string {
  return join(SHIPPED, name);
}

/** The folder of a model by its name, where one of that name ships and nothing of that name lies here; else the folder itself. */
export function modelFolder(model: string): string {
  const isName = /^[a-z0-9-]{1,64}$/.test(model);
  return isName && !existsSync(model) && existsSync(shippedModel(model)) ? shippedModel(model) : model;
}
