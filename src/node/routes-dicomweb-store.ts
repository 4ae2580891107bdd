import { boundaryOf, parseAccept, storeAnswer } from '#dicomweb';
import { type AnyRoute, type Call, route } from '#http';
import { type DicomwebHouse, dicomwebUrl } from './dicomweb-house.ts';
import { jsonReply, jsonType } from './dicomweb-replies.ts';
import { studyParams } from './dicomweb-requests.ts';
import { DicomwebStore } from './dicomweb-store.ts';

/** Largest body of one request; a part may have 2 GiB. */
const BODY_LIMIT_BYTES = 16 * 2 ** 30;

const SENDERS = ['operator', 'curator'] as const;

/** The store transaction of `/dicom-web` (PS3.18 section 10.5). */
export function dicomwebStoreRoutes(house: DicomwebHouse): readonly AnyRoute[] {
  const store = new DicomwebStore(house);
  const handle = async (call: Call<{ readonly study?: string } | undefined, unknown, unknown>) => {
    const accept = parseAccept(call.headers['accept'] as string | undefined);
    jsonType(accept);
    const outcomes = await store.take({
      body: call.bodyStream,
      boundary: boundaryOf(call.headers['content-type'] as string | undefined),
      studyInstanceUid: call.params?.study,
      actor: call.caller.actor,
      baseUrl: dicomwebUrl(house, call.headers['host']),
    });
    const { status, body } = storeAnswer(outcomes);
    return jsonReply(accept, body, { status });
  };
  const shared = {
    method: 'POST',
    access: SENDERS,
    bodyAs: 'stream',
    bodyLimitBytes: BODY_LIMIT_BYTES,
    reply: 'stream',
  } as const;
  return [
    route({ ...shared, path: '/dicom-web/studies', summary: 'Store images (STOW-RS)', handle }),
    route({
      ...shared,
      path: '/dicom-web/studies/:study',
      summary: 'Store images of one study (STOW-RS)',
      params: studyParams,
      handle,
    }),
  ];
}
