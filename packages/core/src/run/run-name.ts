import { InvalidParameterValueError } from '../errors.ts'
import { RUN_NAME_TAG, type Tag } from './run.ts'

// Words that MLflow's own names are made of: its tests and scripts tell a generated name by its first word.
// Seven letters at most, so that a name with the number 1000 has 20 characters.
const ADJECTIVES =
  'able amusing awesome bold bouncy brawny bright burly calm capable caring casual chill classy clean dapper dashing fun funny gentle gifted kindly learned loud lyrical masked melodic nimble orderly painted placid polite popular rare salty sassy sedate silent sincere smiling sneaky spiffy stately stylish suave unique upbeat useful vaunted wise wistful zealous'.split(
    ' ',
  )
const NOUNS =
  'ant ape asp auk bass bat bear bee bird boar bug calf carp cat chimp cod colt conch cow crab crane crow cub deer doe dog dolphin donkey dove duck eel elk fawn finch fish flea fly foal fowl fox frog gnat gnu goat goose grouse grub gull hare hawk hen hog horse hound jay kite koi lamb lark lynx mink mole moose moth mouse mule newt owl ox panda perch pig pug quail ram rat ray robin roo rook seal shad shark sheep shrew shrike shrimp skink skunk sloth slug smelt snail snake snipe sow sponge squid squirrel stag steed stoat stork swan tern toad trout turtle vole wasp whale wolf worm wren yak zebra'.split(
    ' ',
  )
const MAX_LENGTH = 20
const NUMBERS = 1001

/** `calm-fox-12`: at most 20 characters. `random` gives numbers in [0, 1). */
export const generateRunName = (random: () => number): string => {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? ''
  const number = Math.floor(random() * NUMBERS)
  const adjective = pick(ADJECTIVES)
  const fitting = NOUNS.filter((noun) => `${adjective}-${noun}-${number}`.length <= MAX_LENGTH)
  return `${adjective}-${pick(fitting)}-${number}`
}

/**
 * The name and tags of a new run: the given name, else the tag `mlflow.runName`, else a generated one; the tag is
 * always there. Empty counts as absent. Throws InvalidParameterValueError when both are given and differ.
 */
export const resolveRunName = (
  run: { readonly runName?: string; readonly tags?: readonly Tag[] },
  random: () => number,
): { readonly name: string; readonly tags: readonly Tag[] } => {
  const tags = run.tags ?? []
  const tagged = tags.findLast(({ key }) => key === RUN_NAME_TAG)?.value
  const given = run.runName
  if (isPresent(given) && isPresent(tagged) && given !== tagged) {
    throw new InvalidParameterValueError(
      `Both 'run_name' argument and '${RUN_NAME_TAG}' tag are specified, but with different values (run_name='${given}', ${RUN_NAME_TAG}='${tagged}').`,
    )
  }
  const name = isPresent(given) ? given : isPresent(tagged) ? tagged : generateRunName(random)
  return { name, tags: [...tags.filter(({ key }) => key !== RUN_NAME_TAG), { key: RUN_NAME_TAG, value: name }] }
}

const isPresent = (text: string | undefined): text is string => text !== undefined && text !== ''
