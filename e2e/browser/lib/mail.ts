// A mail server that keeps what it is given.
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export class Mail {
  readonly got: ParsedMail[] = [];
  private constructor(private readonly server: SMTPServer) {}

  static open(port: number, user: string, password: string): Promise<Mail> {
    const server = new SMTPServer({
      authOptional: false,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: (a, _, done) => (a.username === user && a.password === password ? done(null, { user }) : done(new Error('wrong'))),
      onData: (stream, _, done) => {
        simpleParser(stream).then((m) => {
          mail.got.push(m);
          done();
        }, done);
      }
    });
    const mail = new Mail(server);
    return new Promise((ready) => server.listen(port, '127.0.0.1', () => ready(mail)));
  }

  close(): Promise<void> {
    return new Promise((done) => this.server.close(done));
  }
}
