import { z } from 'zod';
import { UnicaError } from '#base';
import { parseFrameList, parsePictureWish } from '#dicomweb';
import { type AnyRoute, type Call, route, type StreamReply } from '#http';
import type { DicomwebHouse } from './dicomweb-house.ts';
import {
  instanceParams,
  parametersOf,
  retrievalOf,
  retrieveParameters,
  seriesParams,
  studyParams,
} from './dicomweb-requests.ts';
import {
  instancesOf,
  type Retrieval,
  retrieveBulkData,
  retrieveFrames,
  retrieveInstances,
  retrieveMetadata,
  retrievePicture,
} from './dicomweb-retrieval.ts';
import { VIEWERS } from './routes-dicomweb-search.ts';
import { ViewingRecord } from './viewing-record.ts';

const STUDY = '/dicom-web/studies/:study';
const SERIES = `${STUDY}/series/:series`;
const INSTANCE = `${SERIES}/instances/:instance`;

/** Largest frame number that is understood. */
const FRAME_LIMIT = 10_000_000;
const THUMBNAIL = { viewport: '128,128' } as const;

const frames = z.string().max(4000);
const framesParams = instanceParams.extend({ frames });
const bulkParams = instanceParams.extend({
  path: z.string().regex(/^[0-9A-Fa-f]{8}(\.\d{1,6}\.[0-9A-Fa-f]{8}){0,32}$/),
});

type Query = z.output<typeof retrieveParameters>;
type Params = { readonly study: string; readonly series?: string; readonly instance?: string };

/** Retrievals of `/dicom-web` (PS3.18 section 10.4). */
export function dicomwebRetrieveRoutes(house: DicomwebHouse): readonly AnyRoute[] {
  const viewings = new ViewingRecord(house.journal, house.clock);
  const retrieve = <P extends z.ZodType<Params>>(
    path: string,
    summary: string,
    params: P,
    give: (asked: Retrieval, call: Call<z.output<P>, Query, unknown>) => Promise<StreamReply>,
  ): AnyRoute =>
    route({
      method: 'GET',
      path,
      access: VIEWERS,
      summary,
      params,
      query: retrieveParameters,
      reply: 'stream',
      async handle(call) {
        const reply = await give(retrievalOf(house, call), call as Call<z.output<P>, Query, unknown>);
        await viewings.note(call.caller.actor, call.params.study);
        return reply;
      },
    });
  const whole = (asked: Retrieval) => retrieveInstances(house, asked);
  const metadata = (asked: Retrieval) => retrieveMetadata(house, asked);
  const drawn = (asked: Retrieval, call: Call<unknown, Query, unknown>, list: string) => {
    const [number = 1, ...more] = parseFrameList(list, FRAME_LIMIT);
    if (more.length > 0) {
      throw new UnicaError('dicomweb.query-invalid', { parameter: 'frames', problem: 'one frame is drawn at a time' });
    }
    return retrievePicture(house, asked, { number, wish: parsePictureWish(parametersOf(call.query)) });
  };
  const small = async (asked: Retrieval, call: Call<unknown, Query, unknown>) => {
    const pictures = (await instancesOf(house, asked)).filter(({ pixelPlace }) => pixelPlace !== null);
    const middle = pictures[pictures.length >> 1];
    if (middle === undefined) throw new UnicaError('dicom.no-pixels');
    const scope = {
      ...asked.scope,
      sopInstanceUid: middle.sopInstanceUid,
      seriesInstanceUid: middle.seriesInstanceUid,
    };
    const wish = parsePictureWish({ ...THUMBNAIL, ...parametersOf(call.query) });
    return await retrievePicture(house, { ...asked, scope }, { number: 1, wish });
  };
  return [
    retrieve(STUDY, 'Images of a study (WADO-RS)', studyParams, whole),
    retrieve(SERIES, 'Images of a series (WADO-RS)', seriesParams, whole),
    retrieve(INSTANCE, 'An image (WADO-RS)', instanceParams, whole),
    retrieve(`${STUDY}/metadata`, 'Headers of a study (WADO-RS)', studyParams, metadata),
    retrieve(`${SERIES}/metadata`, 'Headers of a series (WADO-RS)', seriesParams, metadata),
    retrieve(`${INSTANCE}/metadata`, 'Header of an image (WADO-RS)', instanceParams, metadata),
    retrieve(`${INSTANCE}/frames/:frames`, 'Frames of an image (WADO-RS)', framesParams, (asked, { params }) =>
      retrieveFrames(house, asked, params.frames),
    ),
    retrieve(`${INSTANCE}/frames/:frames/rendered`, 'A frame as a picture', framesParams, (asked, call) =>
      drawn(asked, call, call.params.frames),
    ),
    retrieve(`${INSTANCE}/rendered`, 'An image as a picture', instanceParams, (asked, call) => drawn(asked, call, '1')),
    retrieve(`${INSTANCE}/bulkdata/:path`, 'A long value of an image (WADO-RS)', bulkParams, (asked, { params }) =>
      retrieveBulkData(house, asked, params.path),
    ),
    retrieve(`${STUDY}/thumbnail`, 'A small picture of a study', studyParams, small),
    retrieve(`${SERIES}/thumbnail`, 'A small picture of a series', seriesParams, small),
    retrieve(`${INSTANCE}/thumbnail`, 'A small picture of an image', instanceParams, small),
  ];
}
