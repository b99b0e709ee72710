import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import { APICallError, generateText } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startModelPlane } from './model-plane.ts';

let plane: Awaited<ReturnType<typeof startModelPlane>>;
beforeAll(async () => {
  plane = await startModelPlane();
});
afterAll(() => plane[Symbol.asyncDispose]());

interface Refused {
  readonly status: number;
  readonly text: string;
}

const messages = [{ role: 'user' as const, content: 'hello' }];

/** Each official client as its documentation sets it up, with the retries it has by default; and its own class of error. */
const CLIENTS: Record<
  string,
  (run: string, model: string) => { ask: () => Promise<unknown>; read: (error: unknown) => Refused }
> = {
  openai: (run, model) => {
    const client = new OpenAI({
      apiKey: plane.key,
      baseURL: `${plane.reeve.url}/v1`,
      defaultHeaders: { 'x-reeve-run': run },
    });
    return { ask: () => client.chat.completions.create({ model: `openai/${model}`, messages }), read: readOpenai };
  },
  'openai, streamed': (run, model) => {
    const client = new OpenAI({
      apiKey: plane.key,
      baseURL: `${plane.reeve.url}/v1`,
      defaultHeaders: { 'x-reeve-run': run },
    });
    return {
      ask: () => client.responses.create({ model: `openai/${model}`, input: 'x', stream: true }),
      read: readOpenai,
    };
  },
  anthropic: (run, model) => {
    const client = new Anthropic({
      apiKey: plane.key,
      baseURL: `${plane.reeve.url}/anthropic`,
      defaultHeaders: { 'x-reeve-run': run },
    });
    return {
      ask: () => client.messages.create({ model: `anthropic/${model}`, max_tokens: 9, messages }),
      read: (error) => {
        expect(error).toBeInstanceOf(Anthropic.PermissionDeniedError);
        const { status, message } = error as InstanceType<typeof Anthropic.PermissionDeniedError>;
        return { status, text: message };
      },
    };
  },
  gemini: (run, model) => {
    const httpOptions = { baseUrl: `${plane.reeve.url}/gemini`, headers: { 'x-reeve-run': run } };
    const client = new GoogleGenAI({ apiKey: plane.key, httpOptions });
    return {
      ask: () => client.models.generateContent({ model: `gemini/${model}`, contents: 'x' }),
      read: (error) => {
        expect(error).toBeInstanceOf(ApiError);
        const { status, message } = error as ApiError;
        return { status, text: message };
      },
    };
  },
  'ai, openai': (run, model) => {
    const provider = createOpenAI({
      apiKey: plane.key,
      baseURL: `${plane.reeve.url}/v1`,
      headers: { 'x-reeve-run': run },
    });
    return { ask: () => generateText({ model: provider(`openai/${model}`), prompt: 'x' }), read: readAi };
  },
  'ai, anthropic': (run, model) => {
    const provider = createAnthropic({
      apiKey: plane.key,
      baseURL: `${plane.reeve.url}/anthropic/v1`,
      headers: { 'x-reeve-run': run },
    });
    return { ask: () => generateText({ model: provider(`anthropic/${model}`), prompt: 'x' }), read: readAi };
  },
};

function readOpenai(error: unknown): Refused {
  expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
  const { status, code, message } = error as InstanceType<typeof OpenAI.PermissionDeniedError>;
  return { status, text: `${code} ${message}` };
}

function readAi(error: unknown): Refused {
  expect(APICallError.isInstance(error)).toBe(true);
  const { statusCode, responseBody, isRetryable } = error as APICallError;
  expect(isRetryable).toBe(false);
  return { status: statusCode ?? 0, text: responseBody ?? '' };
}

it.each(Object.keys(CLIENTS))(
  '%s: a refusal is an error of its own class with 403 and the code, once',
  async (name) => {
    const run = `refused-${name.replaceAll(/\W+/g, '-')}`;
    const { ask, read } = (CLIENTS[name] as (typeof CLIENTS)[string])(run, 'forbidden-x');
    const before = plane.provider.count();
    const { status, text } = read(
      await ask().then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    expect(status).toBe(403);
    expect(text).toContain('policy_denied');
    expect(text).toContain('ask maya@example.com');
    expect(plane.provider.count()).toBe(before);
    const { actionList } = await plane.reeve.admin.call('runs.get', { params: { run } });
    expect(actionList.map(({ outcome, code }) => [outcome, code])).toEqual([['denied', 'policy_denied']]);
  },
);

it.each(Object.keys(CLIENTS))('%s: an upstream fault is told as one, and recorded', async (name) => {
  const run = `fault-${name.replaceAll(/\W+/g, '-')}`;
  const { ask } = (CLIENTS[name] as (typeof CLIENTS)[string])(run, 'sim-error-400');
  await expect(ask()).rejects.toThrow();
  const { actionList } = await plane.reeve.admin.call('runs.get', { params: { run } });
  expect(actionList.map(({ outcome }) => outcome)).toEqual(['upstream_failed']);
});
