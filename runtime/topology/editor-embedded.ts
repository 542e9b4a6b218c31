import type { EditorSchema, Settings } from '../kit/index.ts'
import type { AnySetting } from './common-settings.ts'

/** A setting as a schema for editors. */
export type SettingSchema = (one: AnySetting) => object

/** The schema that a module gives of one of its settings, with the settings in it put into words for editors. */
export function embeddedSchema(one: AnySetting, settingSchema: SettingSchema): object {
  const editor = editorOf(one)
  return editor ? (embed(editor.schema, settingSchema) as object) : {}
}

/** Adds the definitions that a module's schemas refer to. Throws when two modules use one name for different things. */
export function addDefinitions(
  shared: Record<string, unknown>,
  settings: Settings,
  settingSchema: SettingSchema,
): void {
  for (const one of Object.values(settings)) {
    for (const [name, schema] of Object.entries(editorOf(one)?.definitions ?? {})) {
      const embedded = embed(schema, settingSchema)
      if (Object.hasOwn(shared, name) && JSON.stringify(shared[name]) !== JSON.stringify(embedded)) {
        throw new Error(`two schemas for editors are called "${name}"`)
      }
      shared[name] = embedded
    }
  }
}

function editorOf(one: AnySetting): EditorSchema | undefined {
  return (one as { 'x-editor'?: EditorSchema })['x-editor']
}

function embed(schema: unknown, settingSchema: SettingSchema): unknown {
  if (Array.isArray(schema)) return schema.map(item => embed(item, settingSchema))
  if (typeof schema !== 'object' || schema === null) return schema
  if (typeof (schema as Partial<AnySetting>)['x-archlab'] === 'string') return settingSchema(schema as AnySetting)
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, embed(value, settingSchema)]))
}
