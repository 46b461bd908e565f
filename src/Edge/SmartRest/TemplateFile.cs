using System.Text.Json.Serialization;

namespace Bailiwick.Edge.SmartRest;

/// <summary>The form of static-templates.json. <see cref="TemplateSet"/> checks it and compiles it.</summary>
internal sealed record TemplateFile(
    IReadOnlyList<RequestEntry> Requests, IReadOnlyList<ResponseEntry> Responses, IReadOnlyDictionary<RowFault, FaultEntry> Errors);

/// <param name="Arguments">Constant arguments of the command, for example the type of a measurement.</param>
/// <param name="Fixed">Constants of the document, path to JSON; set first, and replaced by elements put in the same place.</param>
/// <param name="AnyOf">Names of fields of which one at least must be given.</param>
internal sealed record RequestEntry(
    string Id, string Title, CommandKind Command, IReadOnlyList<FieldEntry>? Fields = null, GroupEntry? Group = null,
    IReadOnlyDictionary<Argument, string>? Arguments = null, IReadOnlyDictionary<string, string>? Fixed = null,
    IReadOnlyList<string>? AnyOf = null);

/// <param name="Min">How many repetitions a row must have at least.</param>
internal sealed record GroupEntry(IReadOnlyList<FieldEntry> Fields, int Min = 0);

/// <param name="Default">A text pattern: <c>{serial}</c> and <c>{field}</c> are filled in.</param>
/// <param name="At">A path: names (patterns themselves) parted by dots; <c>[]</c> is the element of the group.</param>
/// <param name="With">Constants set together with the value, path to JSON.</param>
internal sealed record FieldEntry(
    string Name, FieldType Type = FieldType.String, bool Required = false, string? Default = null, Argument As = Argument.None,
    string? At = null, IReadOnlyDictionary<string, string>? With = null);

/// <param name="Columns">Names of the columns after the id; a last one that ends in <c>...</c> stands for any number.</param>
internal sealed record ResponseEntry(string Id, string Title, string Topic, IReadOnlyList<string> Columns, CommandKind? Answers = null);

/// <param name="Text">The sentence; <c>{value}</c> is what the client sent, <c>{field}</c> the name of the column.</param>
internal sealed record FaultEntry(RowCode Code, string Text);

/// <summary>Unknown members are errors: a misspelt one must not silently mean nothing.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TemplateFile))]
internal sealed partial class TemplateFileJson : JsonSerializerContext;
