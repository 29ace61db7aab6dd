import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';

/** The program that is driven. */
const PROGRAM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** What a page may wait for: pages are slowed down, and the machine has servers to run as well. */
const PATIENCE_MS = 120_000;
const VIEWPORT = { width: 1280, height: 800 };

/** Why no page can be measured on this machine; undefined when it can. */
export const chromiumObstacle = (program = PROGRAM): string | undefined =>
  existsSync(program) ? undefined : `there is no ${program}; CHROMIUM names another program`;

/** A browser with one profile, in which a user stays signed in. */
export class Chromium {
  private constructor(
    private readonly browser: Browser,
    private readonly context: BrowserContext,
  ) {}

  static async start(): Promise<Chromium> {
    const args = ['--no-sandbox', '--disable-dev-shm-usage'];
    const browser = await chromium.launch({ executablePath: PROGRAM, args });
    const context = await browser.newContext({ viewport: VIEWPORT });
    context.setDefaultTimeout(PATIENCE_MS);
    return new Chromium(browser, context);
  }

  /** The number before the first dot of its version. */
  get version(): number {
    return Number.parseInt(this.browser.version(), 10);
  }

  async open(): Promise<SlowedPage> {
    const page = await this.context.newPage();
    return new SlowedPage(page, await this.context.newCDPSession(page));
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}

/** A page on a processor as slow as one wishes. */
export class SlowedPage {
  constructor(
    readonly page: Page,
    private readonly cdp: CDPSession,
  ) {}

  /** Slows what the page computes down by this factor; 1 is the machine's own speed. */
  async slowDown(rate: number): Promise<void> {
    await this.cdp.send('Emulation.setCPUThrottlingRate', { rate });
  }

  /** The next navigation fetches all files. */
  async forgetFiles(): Promise<void> {
    await this.cdp.send('Network.clearBrowserCache');
  }

  /** Bytes of the JavaScript heap in use after a garbage collection. */
  async heapBytes(): Promise<number> {
    await this.cdp.send('HeapProfiler.collectGarbage');
    return (await this.cdp.send('Runtime.getHeapUsage')).usedSize;
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
