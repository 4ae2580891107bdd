import { fileURLToPath } from 'node:url';

/** Where the models lie that ship with the product, each in a folder of its name. */
export const SHIPPED_MODELS = fileURLToPath(new URL('../../models/', import.meta.url));
