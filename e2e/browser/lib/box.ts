// A Cordon that runs for the tests, as somebody finds it who has just unpacked it: without a configuration.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const program = process.env.CORDON!;
const mirror = 'mirror0'; // where the lab's switch sends a copy of everything

export class Box {
  private process?: ChildProcess;
  private said = '';
  private constructor(
    readonly dir: string,
    readonly port: number,
    private readonly args: string[]
  ) {}

  // open starts one. The browser knows it as localhost, where passkeys work.
  static async open(port: number, args: string[] = []): Promise<Box> {
    const dir = mkdtempSync(join(process.env.WORK!, 'box-'));
    mkdirSync(join(dir, 'run'));
    const box = new Box(dir, port, args);
    await box.start();
    return box;
  }

  // configured starts one that knows the lab from its configuration: the mirror port, and a scan at once.
  static async configured(port: number): Promise<Box> {
    const file = join(mkdtempSync(join(process.env.WORK!, 'config-')), 'cordon.toml');
    writeFileSync(
      file,
      `interfaces = ["${mirror}"]\nlearning = "0s"\n[scan]\nevery = "24h"\n[[site]]\nname = "Yard"\nnetworks = ["10.77.0.0/24", "10.78.0.0/24"]\n`
    );
    return Box.open(port, ['--config', file]);
  }

  // answer is what the API says, as root on the machine asks it.
  answer<T>(path: string): T {
    const said = this.ask('GET', path);
    if (!said) throw new Error(`nobody answers ${path}`);
    return JSON.parse(said) as T;
  }

  // until waits for what the API says to be as wanted.
  async until<T>(path: string, want: (a: T) => boolean, seconds = 120): Promise<T> {
    for (let i = 0; i < seconds * 2; i++) {
      const a = this.answer<T>(path);
      if (want(a)) return a;
      await new Promise((done) => setTimeout(done, 500));
    }
    throw new Error(`${path} never was as wanted: ${JSON.stringify(this.answer(path)).slice(0, 2000)}`);
  }

  get url(): string {
    return `https://localhost:${this.port}`;
  }

  get socket(): string {
    return join(this.dir, 'cordon.sock');
  }

  // claim is the link that makes the box somebody's.
  get claim(): string {
    const found = /#claim=[\w-]+/.exec(this.said);
    if (!found) throw new Error(`no claim link in: ${this.said}`);
    return `${this.url}/${found[0]}`;
  }

  async start(): Promise<void> {
    this.said = '';
    const env = { ...process.env, RUNTIME_DIRECTORY: join(this.dir, 'run') };
    const args = ['run', '--data', join(this.dir, 'data'), '--socket', this.socket, '--page', `127.0.0.1:${this.port}`, ...this.args];
    const p = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = p;
    const hear = (b: Buffer) => (this.said += b.toString());
    p.stdout!.on('data', hear);
    p.stderr!.on('data', hear);
    for (let i = 0; i < 300; i++) {
      if (p.exitCode !== null) throw new Error(`cordon run ended: ${this.said}`);
      if (this.ask('GET', '/healthz') !== undefined) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`cordon run does not answer: ${this.said}`);
  }

  async stop(): Promise<void> {
    const p = this.process;
    if (!p || p.exitCode !== null) return;
    const ended = new Promise((done) => p.once('exit', done));
    p.kill('SIGTERM');
    await ended;
  }

  // ask asks the API as root on the machine does: by the socket. undefined where nobody answers.
  ask(method: string, path: string, body?: unknown): string | undefined {
    const args = ['-s', '--unix-socket', this.socket, '-X', method, `http://cordon${path}`];
    if (body !== undefined) args.push('-H', 'Content-Type: application/json', '-d', JSON.stringify(body));
    const r = spawnSync('curl', args, { encoding: 'utf8' });
    return r.status === 0 ? r.stdout : undefined;
  }

  // cordon runs a command of the program against this box.
  cordon(...args: string[]): { status: number | null; out: string } {
    const r = spawnSync(program, [...args], { encoding: 'utf8' });
    return { status: r.status, out: r.stdout + r.stderr };
  }

  // trusted has browsers that start from now on trust the box's own authority, as its owner would install it.
  trusted(): void {
    const db = join(process.env.HOME!, '.pki', 'nssdb');
    mkdirSync(db, { recursive: true });
    const run = (...a: string[]) => spawnSync('certutil', ['-d', `sql:${db}`, ...a], { encoding: 'utf8' });
    run('-N', '--empty-password');
    const r = run('-A', '-t', 'C,,', '-n', `cordon ${this.port}`, '-i', join(this.dir, 'data', 'cert', 'ca.crt'));
    if (r.status !== 0) throw new Error(`certutil: ${r.stderr}`);
  }
}
