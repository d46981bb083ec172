// What holds for every operation, as the document and its page say it first.

export const overview = `Packwatch keeps this registry equal to the packs on disk. Everything of the catalogue is below \`/api/v1\`.

- A success is \`{"data": …}\`; a list has \`pagination\` beside it. \`page\` counts from 1, \`page_size\` is 50 unless given and at most 100.
- Keys may be added to answers at any time; none is removed.
- A key of a query or a body that is not known is refused with 422.
- A refusal is a problem document (RFC 9457) with a \`code\` for programs and a \`detail\` for people.
- A method that a path does not have is refused with 405 (\`method_not_allowed\`) and \`Allow\`; HEAD is answered wherever GET is.
- With tokens configured, every request below \`/api/v1\` needs \`Authorization: Bearer TOKEN\`; a \`read\` token may only read.
- A daemon that reads at a replica tells of each success that changes something, in \`Packwatch-Version\`, a version that has it.
- A Host that is not allowed, and a write from a page of another origin, are refused with 403.
- A request that may be made again later says so in \`Retry-After\`.`;
