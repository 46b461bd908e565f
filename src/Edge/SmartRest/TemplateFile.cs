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
/// <param name="OneOf">The words of which a text is one; their case does not matter, and they are stored as they stand here.</param>
internal sealed record FieldEntry(
    string Name, FieldType Type = FieldType.String, bool Required = false, string? Default = null, Argument As = Argument.None,
    string? At = null, IReadOnlyDictionary<string, string>? With = null, IReadOnlyList<string>? OneOf = null);

/// <param name="Columns">Names of the columns after the id; a last one that ends in <c>...</c> stands for any number.</param>
/// <param name="Operation">Of a row that is an operation: the operation's fragment, which the columns are of. Before them stands the device's external id.</param>
/// <param name="When">A path in that fragment that must lead to something that is neither null, false nor empty; <c>[]</c> is any element of a list.</param>
/// <param name="Unless">A path that must not.</param>
/// <param name="Parts">Columns that belong to a part of the fragment; where there are any, <paramref name="Columns"/> is empty.</param>
internal sealed record ResponseEntry(
    string Id, string Title, string Topic, IReadOnlyList<string> Columns, CommandKind? Answers = null,
    string? Operation = null, string? When = null, string? Unless = null, IReadOnlyList<PartEntry>? Parts = null);

/// <param name="Marker">A word before the columns, which are left out where the part is not there.</param>
/// <param name="At">Path of the part; empty for the fragment itself.</param>
/// <param name="Columns">Paths from the part, or from each element of the list that it is.</param>
/// <param name="List">Whether the part is a list.</param>
internal sealed record PartEntry(IReadOnlyList<string> Columns, string? Marker = null, string At = "", bool List = false);

/// <param name="Text">The sentence; <c>{value}</c> is what the client sent, <c>{field}</c> the name of the column.</param>
internal sealed record FaultEntry(RowCode Code, string Text);

/// <summary>Unknown members are errors: a misspelt one must not silently mean nothing.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TemplateFile))]
internal sealed partial class TemplateFileJson : JsonSerializerContext;
