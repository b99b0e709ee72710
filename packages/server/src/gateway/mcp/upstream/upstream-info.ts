import { ReeveError } from '../../../lib/index.ts';
import { isObject, type JsonObject, RpcError, type RpcResponse } from '../wire/json-rpc.ts';
import { isLegacyVersion, MODERN_VERSION, OLDEST_UPSTREAM_VERSION } from '../wire/protocol-versions.ts';
import type { UpstreamInfo } from './upstream.ts';

/** Of an answer to `server/discover`; undefined where the server does not speak the modern version. */
export function discoveredInfo(result: JsonObject): UpstreamInfo | undefined {
  const versions = Array.isArray(result.supportedVersions) ? result.supportedVersions : [];
  if (!versions.includes(MODERN_VERSION)) return undefined;
  return info('modern', MODERN_VERSION, result);
}

/** Of an answer to `initialize`. */
export function initializedInfo(result: JsonObject): UpstreamInfo {
  const version = typeof result.protocolVersion === 'string' ? result.protocolVersion : '';
  if (!isLegacyVersion(version) && version !== OLDEST_UPSTREAM_VERSION)
    throw new ReeveError(
      'upstream_failed',
      `the tool server speaks protocol version ${JSON.stringify(version)}, which is not supported`,
    );
  return info('legacy', version, result);
}

/** Throws the upstream's own error. */
export function resultOf(response: RpcResponse): JsonObject {
  if ('result' in response) return response.result;
  throw new RpcError(response.error.code, response.error.message, { data: response.error.data });
}

function info(era: 'legacy' | 'modern', protocolVersion: string, result: JsonObject): UpstreamInfo {
  return {
    era,
    protocolVersion,
    capabilities: isObject(result.capabilities) ? result.capabilities : {},
    instructions: typeof result.instructions === 'string' ? result.instructions : undefined,
  };
}
