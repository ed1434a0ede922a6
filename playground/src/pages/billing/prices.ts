/** The configuration that would price models, but for the numbers; empty where none has a name. */
export function priceEntries(models: readonly { model: string | null }[], from: string): string {
  return models
    .flatMap(({ model }) => (model === null ? [] : [model]))
    .map((model) =>
      [
        '[[prices]]',
        // TOML escapes text as JSON does.
        `model = ${JSON.stringify(model)}`,
        `from = "${from}"`,
        'input_per_million = "…"',
        'output_per_million = "…"',
      ].join('\n'),
    )
    .join('\n\n');
}
