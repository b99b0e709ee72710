export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface MailServer {
  /** `smtp://host:port`, encrypted where the server offers it, or `smtps://host:port`. Written by who runs Reeve. */
  readonly url: URL;
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 10_000;
const SMTP_PORT = 587;
const SMTPS_PORT = 465;
const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** One mail by SMTP. A password never crosses a network in the clear. */
export async function sendMail({ url, login }: MailServer, mail: Mail, signal: AbortSignal): Promise<void> {
  // Loaded when the first mail is sent: most servers send none.
  const { createTransport } = await import('nodemailer');
  const secure = url.protocol === 'smtps:';
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? SMTPS_PORT : SMTP_PORT) : Number(url.port),
    secure,
    requireTLS: !secure && login !== undefined && !LOCAL.has(url.hostname),
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: IDLE_TIMEOUT_MS,
    // What is sent is text that others wrote: it must not name files or addresses to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const { promise, reject } = Promise.withResolvers<never>();
  const end = () => reject(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  try {
    if (signal.aborted) throw signal.reason;
    await Promise.race([transport.sendMail({ ...mail, headers: { ...mail.headers } }), promise]);
  } finally {
    signal.removeEventListener('abort', end);
    transport.close();
  }
}
