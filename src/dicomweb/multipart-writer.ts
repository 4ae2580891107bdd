import { utf8 } from '#base';

/** Head of a part; `first` is false for every part but the first. */
export function partHead(
  boundary: string,
  part: {
    readonly first: boolean;
    readonly contentType: string;
    readonly location?: string;
    readonly sizeBytes?: number;
  },
): Uint8Array {
  const lines = [
    `${part.first ? '' : '\r\n'}--${boundary}`,
    `Content-Type: ${part.contentType}`,
    ...(part.location === undefined ? [] : [`Content-Location: ${part.location}`]),
    ...(part.sizeBytes === undefined ? [] : [`Content-Length: ${part.sizeBytes}`]),
  ];
  return utf8(`${lines.join('\r\n')}\r\n\r\n`);
}

/** What follows the last part. */
export function multipartEnd(boundary: string): Uint8Array {
  return utf8(`\r\n--${boundary}--\r\n`);
}

/** The media type of a whole answer; `type` is that of its parts, without parameters. */
export function multipartType(boundary: string, contentType: string): string {
  return `multipart/related; type="${contentType.split(';')[0] ?? ''}"; boundary=${boundary}`;
}
