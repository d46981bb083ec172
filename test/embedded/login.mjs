// A local user's attempt to log in through the socket in the working directory. Tells the outcome as one JSON line.
import postgres from 'postgres';

const sql = postgres({ path: './.s.PGSQL.5432', user: 'packwatch', database: 'postgres', max: 1 });
try {
  await sql`select 1`;
  process.stdout.write('"in"\n');
} catch (error) {
  process.stdout.write(`${JSON.stringify(error.code)}\n`);
}
process.exit(0);
