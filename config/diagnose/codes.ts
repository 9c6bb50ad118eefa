/** What every diagnostic code means, why it is refused, and what usually repairs it. Codes are stable: they may be
 *  searched for and are listed in docs/configuration.md. */
export const codes = {
  FILE_NOT_FOUND: {
    meaning: 'There is no such file.',
    why: 'nothing can run without a config.',
    fix: 'give the right path with --config or LETTERBOX_CONFIG, or create the file.',
  },
  FILE_IS_FOLDER: {
    meaning: 'The path is a folder.',
    why: 'the config is one file.',
    fix: 'name the file in it.',
  },
  FILE_UNREADABLE: {
    meaning: 'The file is there and cannot be read.',
    why: 'nothing can run without a config.',
    fix: 'let the user that runs this program read it.',
  },
  FILE_NOT_UTF8: {
    meaning: 'The file is not UTF-8 text.',
    why: 'in another encoding names would be read wrongly.',
    fix: 'save it as UTF-8.',
  },
  FILE_TOO_LARGE: {
    meaning: 'The file is larger than 1 MiB.',
    why: 'no config is that large; reading it would stop everything else.',
    fix: 'use globs as repository keys, and YAML anchors for what repeats.',
  },
  SECRET_FORM: {
    meaning: 'A step’s secret is to be handed over in a way that this step cannot.',
    why: 'builds know mounts by id alone; tests and scripts get a variable or a file, one of both.',
    fix: 'write `NAME`, `{ name: NAME, id: ID }` in a build, and `{ name: NAME, env: VARIABLE }` or `{ name: NAME, file: /path }` elsewhere.',
  },
  EMPTY_FILE: {
    meaning: 'The file holds no setting.',
    why: 'an editor that is still writing leaves such a file for a moment; it must not replace a good config.',
    fix: 'start from config/config.yaml of the distribution.',
  },
  YAML_SYNTAX: {
    meaning: 'The text is not well-formed YAML.',
    why: 'what follows could be read in more than one way.',
    fix: 'repair the marked place; look at the indentation, colons and quotes.',
  },
  YAML_MULTIPLE_DOCUMENTS: {
    meaning: 'A second YAML document begins.',
    why: 'only one would count, and it would not be clear which.',
    fix: 'remove the line ---, or everything from there on.',
  },
  YAML_TAG: {
    meaning: 'A value has a YAML tag (it begins with !) that means nothing here.',
    why: 'a tag takes the place of the text that follows it.',
    fix: 'put quotes around a text that begins with !.',
  },
  YAML_ALIAS: {
    meaning: 'An alias (*name) has no anchor (&name) before it, or contains itself.',
    why: 'it stands for nothing.',
    fix: 'define the anchor above it; put quotes around a text that begins with *.',
  },
  YAML_TOO_MUCH: {
    meaning: 'The file nests too deeply, or its aliases multiply into too much.',
    why: 'reading it would take all memory.',
    fix: 'use fewer aliases inside aliases.',
  },
  YAML_KEY: {
    meaning: 'A key is not plain text.',
    why: 'a list or a map cannot be a key; unquoted {{ … }} looks like one to YAML.',
    fix: 'put quotes around a text with {{ … }}.',
  },
  DUPLICATE_KEY: {
    meaning: 'The same key stands twice in one map.',
    why: 'one of the two would silently be lost.',
    fix: 'remove or rename one of them.',
  },
  RESERVED_KEY: {
    meaning: 'The key is one that no map can hold (__proto__).',
    why: 'JavaScript gives this name a meaning of its own.',
    fix: 'use another name.',
  },
  UNKNOWN_KEY: {
    meaning: 'The key is not known here.',
    why: 'a mistyped key would silently do nothing.',
    fix: 'rename or remove the key.',
  },
  MISSING_KEY: {
    meaning: 'A key that is needed is missing.',
    why: 'there is no default for it.',
    fix: 'add the key.',
  },
  MISSING_VALUE: {
    meaning: 'The key has no value.',
    why: 'it would not be clear whether the default is meant.',
    fix: 'give it a value, or remove the key.',
  },
  WRONG_TYPE: {
    meaning: 'The value is of another type than the key wants.',
    why: 'guessing what was meant would be wrong one day.',
    fix: 'write the value in the form that is named.',
  },
  UNKNOWN_VALUE: {
    meaning: 'The value is none of those that the key knows.',
    why: 'a mistyped value would silently do nothing.',
    fix: 'use one of the known values.',
  },
  BAD_VALUE: {
    meaning: 'The value has not the form that the key wants.',
    why: 'it could not be used.',
    fix: 'write the value in the form that is named.',
  },
  OUT_OF_RANGE: {
    meaning: 'The number is too small or too large.',
    why: 'it could not be used.',
    fix: 'choose a number in the range that is named.',
  },
  EMPTY_VALUE: {
    meaning: 'The text or list is empty.',
    why: 'it would stand for nothing.',
    fix: 'give it a value, or remove the key.',
  },
  TOO_LONG: {
    meaning: 'The text is longer than allowed.',
    why: 'it would not fit where it is used.',
    fix: 'shorten it.',
  },
  BAD_DURATION: {
    meaning: 'Not a duration.',
    why: 'a number without a unit may be read as seconds or as minutes.',
    fix: 'write a number and ms, s, m, h or d: 90s, 20m, 1h.',
  },
  BAD_SIZE: {
    meaning: 'Not a size.',
    why: 'a number without a unit may be read as bytes or as megabytes.',
    fix: 'write a number and b, k, m, g or t: 512m, 1g.',
  },
  BAD_URL: {
    meaning: 'Not an address of the kind that is wanted.',
    why: 'nothing could be reached there.',
    fix: 'write the whole address, such as https://ci.example.com.',
  },
  BAD_NETWORK: {
    meaning: 'Neither an IP address nor a network.',
    why: 'X-Forwarded-For is believed from these alone.',
    fix: 'write an address such as 127.0.0.1 or a network such as 10.0.0.0/8.',
  },
  BAD_ADDRESS: {
    meaning: 'Not a mail address.',
    why: 'the mail server would refuse it.',
    fix: 'write name@example.com.',
  },
  BAD_HOST: {
    meaning: 'A key of `forges` is no host name.',
    why: 'no delivery could ever match it.',
    fix: 'write the host as it stands in the address of a repository, with its port where it has one.',
  },
  BAD_GLOB: {
    meaning: 'Not a glob.',
    why: 'it would match nothing, or something else than meant.',
    fix: 'repair it; \\ takes the next character as it is.',
  },
  BAD_TEMPLATE: {
    meaning: 'Not a template: syntax, or a variable or filter that is not known.',
    why: 'every run that uses it would fail.',
    fix: 'use the variables and filters of docs/configuration.md.',
  },
  TEMPLATE_NOT_ALLOWED: {
    meaning: 'A template where none is filled in.',
    why: 'no byte of a delivery may become a command, a path or an option.',
    fix: 'write plain text; commands read the facts from environment variables, such as "$LETTERBOX_BRANCH".',
  },
  NO_TEMPLATE_VALUE: {
    meaning: 'A template uses a variable that has no value for the event of its trigger (warning).',
    why: 'every run of this trigger would fail at this step.',
    fix: 'use a variable that this event has, or give a default: {{ tag | default: "none" }}.',
  },
  LITERAL_SECRET: {
    meaning: 'A secret is written into the file.',
    why: 'the file is read by both programs, copied and committed; a secret in it is soon no secret.',
    fix: 'put it into a file or an environment variable and write { file: /path } or { env: NAME }. Then replace the secret.',
  },
  EMPTY_SECRET: {
    meaning: 'A secret reference names nothing.',
    why: 'an empty secret would let everybody in.',
    fix: 'write { env: NAME } or { file: /path }.',
  },
  UNKNOWN_SECRET: {
    meaning: 'A step asks for a secret that its repository does not name.',
    why: 'the step could not start.',
    fix: 'add it to `secrets` of the repository.',
  },
  UNKNOWN_REGISTRY: {
    meaning: 'A step pushes to a registry that `registries` does not name.',
    why: 'the step could not start.',
    fix: 'add it to `registries`, or use a name from there.',
  },
  UNKNOWN_FORGE: {
    meaning: 'Nothing is known of the host of a repository.',
    why: 'it would not be clear how its deliveries are signed and read.',
    fix: 'add the host to `forges`: <host>: { kind: … }.',
  },
  BAD_REPOSITORY_KEY: {
    meaning: 'A key of `repositories` is not host/path.',
    why: 'no delivery could ever match it.',
    fix: 'write it as in github.com/acme/shop.',
  },
  DUPLICATE_REPOSITORY: {
    meaning: 'Two keys of `repositories` name the same repository.',
    why: 'only one of them would count; hosts, and paths at GitHub and Bitbucket, are compared without regard to case.',
    fix: 'put the triggers of both under one key.',
  },
  DUPLICATE_TRIGGER_NAME: {
    meaning: 'Two triggers of a repository have the same name.',
    why: 'mails and statuses could not tell them apart.',
    fix: 'rename one of them.',
  },
  ONE_ACTION: {
    meaning: 'A step has no action, or more than one.',
    why: 'a step does one thing, so that it has one verdict.',
    fix: 'write one step for each action; each begins with a dash.',
  },
  PUSH_WITHOUT_BUILD: {
    meaning: 'A step pushes before anything was built.',
    why: 'there would be no image.',
    fix: 'put a build step before it.',
  },
  TEST_WITHOUT_IMAGE: {
    meaning: 'A test names no image, and nothing was built before it.',
    why: 'there would be no image.',
    fix: 'give it an image, or put a build step before it.',
  },
  SITE_WITHOUT_BUILD: {
    meaning: 'A site is started and nothing was built before it.',
    why: 'there would be no image.',
    fix: 'put a build step before it.',
  },
  UNKNOWN_IMAGE: {
    meaning: 'A push names an image that no earlier step builds.',
    why: 'there would be no such image.',
    fix: 'name an image of an earlier build step, or leave `image` out to push the last one.',
  },
  MAIL_NOT_CONFIGURED: {
    meaning: 'A trigger mails, and there is no `mail` section.',
    why: 'the mail could not be sent.',
    fix: 'add the section mail: { smtp: { url: { env: SMTP_URL } }, from: … }.',
  },
  PUSHER_NOT_ALLOWED: {
    meaning: 'A trigger mails the pusher, and `mail.allow` is empty (warning).',
    why: 'the address comes with the push, so it is used only where mail.allow matches: here never.',
    fix: 'add for example allow: ["*@example.com"] to the mail section.',
  },
  INCOMPLETE_LOGIN: {
    meaning: 'A registry has a username without a password, or the other way round.',
    why: 'the login would fail.',
    fix: 'give both, or none.',
  },
  USELESS_CONDITION: {
    meaning: 'A condition that the event of the trigger never meets or always meets (warning).',
    why: 'the trigger does something else than it says.',
    fix: 'remove the condition, or change the event.',
  },
  NO_REPOSITORIES: {
    meaning: 'The config names no repository (warning).',
    why: 'every delivery is refused.',
    fix: 'add one to `repositories`.',
  },
} satisfies Record<string, { meaning: string; why: string; fix: string }>

export type DiagnosticCode = keyof typeof codes

export function isDiagnosticCode(code: unknown): code is DiagnosticCode {
  return typeof code === 'string' && Object.hasOwn(codes, code)
}
