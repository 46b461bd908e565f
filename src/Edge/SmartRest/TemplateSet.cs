using System.Text;
using System.Text.Json;
using Bailiwick.Grains.Abstractions.Devices;

namespace Bailiwick.Edge.SmartRest;

/// <summary>
/// A collection of templates, checked and compiled. Whatever is wrong with it is found here, when it is read, with the template and the
/// field that are wrong: the interpreter can then rely on it.
/// </summary>
internal sealed class TemplateSet
{
    private readonly Dictionary<string, Template> _byId;
    private readonly Dictionary<string, Template>.AlternateLookup<ReadOnlySpan<char>> _byChars;
    private readonly Dictionary<string, ResponseTemplate> _responses;
    private readonly Dictionary<RowFault, FaultEntry> _errors;

    private TemplateSet(IEnumerable<Template> requests, IEnumerable<ResponseTemplate> responses, IReadOnlyDictionary<RowFault, FaultEntry> errors)
    {
        _byId = requests.ToDictionary(t => t.Id);
        _byChars = _byId.GetAlternateLookup<ReadOnlySpan<char>>();
        _responses = responses.ToDictionary(t => t.Id);
        _errors = new Dictionary<RowFault, FaultEntry>(errors);
        Operations = [.. _responses.Values.Where(response => response.Operation is not null)];
    }

    public IReadOnlyCollection<string> RequestIds => _byId.Keys;

    public IReadOnlyCollection<string> ResponseIds => _responses.Keys;

    /// <summary>What a device may send and what it may be sent as an operation, in order.</summary>
    public IReadOnlyList<string> Ids => [.. RequestIds.Concat(Operations.Select(row => row.Id)).Order(StringComparer.Ordinal)];

    /// <summary>The static templates, as this assembly carries them.</summary>
    /// <exception cref="InvalidOperationException">The file is wrong; the message says where.</exception>
    public static TemplateSet Static()
    {
        const string name = "static-templates.json";
        var assembly = typeof(TemplateSet).Assembly;
        var resource = assembly.GetManifestResourceNames().SingleOrDefault(n => n.EndsWith(name, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"{name} is not embedded");
        using var stream = assembly.GetManifestResourceStream(resource)!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Parse(bytes.ToArray(), name);
    }

    /// <param name="file">The name of the source, for messages.</param>
    /// <exception cref="InvalidOperationException">The file is wrong; the message says where.</exception>
    public static TemplateSet Parse(ReadOnlySpan<byte> json, string file)
    {
        TemplateFile read;
        try
        {
            read = JsonSerializer.Deserialize(json, TemplateFileJson.Default.TemplateFile)
                ?? throw new InvalidOperationException($"{file}: holds null");
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"{file}: {e.Message}", e);
        }

        RefuseRepeats(file, read.Requests.Select(r => r.Id));
        RefuseRepeats(file, read.Responses.Select(r => r.Id));
        if (read.Responses.Where(r => r.Answers is not null).GroupBy(r => r.Answers).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidOperationException($"{file}: responses: two answer {twice.Key}");
        foreach (var fault in Enum.GetValues<RowFault>())
            if (!read.Errors.ContainsKey(fault)) throw new InvalidOperationException($"{file}: errors: {fault} has no entry");
        return new TemplateSet(
            read.Requests.Select(r => TemplateCompiler.Compile(r, file)).ToList(),
            read.Responses.Select(r => Compile(r, file)).ToList(), read.Errors);
    }

    /// <summary>The template of a message id; null when there is none.</summary>
    public Template? Find(ReadOnlySpan<byte> id)
    {
        Span<char> chars = stackalloc char[32];
        if (id.Length > chars.Length || !Encoding.UTF8.TryGetChars(id, chars, out var length)) return null;
        return _byChars.TryGetValue(chars[..length], out var template) ? template : null;
    }

    public ResponseTemplate Response(string id) => _responses[id];

    /// <summary>The rows of operations, in the order of the file.</summary>
    public IReadOnlyList<ResponseTemplate> Operations { get; }

    /// <summary>The row that carries a command's reply; null for a command without one.</summary>
    public ResponseTemplate? ReplyTo(DeviceCommand command) => command switch
    {
        ListChildDevices => ReplyTo(CommandKind.ListChildDevices),
        TellDeviceId => ReplyTo(CommandKind.TellDeviceId),
        TellPlatformVersion => ReplyTo(CommandKind.TellPlatformVersion),
        ListTemplates => ReplyTo(CommandKind.ListTemplates),
        _ => null,
    };

    /// <param name="messageId">Of the row; as the client sent it.</param>
    /// <param name="field">The column that is wrong.</param>
    /// <param name="value">What stands in it.</param>
    public RowError Error(RowFault fault, ReadOnlySpan<byte> messageId, string field = "", ReadOnlySpan<byte> value = default)
    {
        var entry = _errors[fault];
        var text = entry.Text.Replace("{field}", field, StringComparison.Ordinal).Replace("{value}", RowError.Echo(value), StringComparison.Ordinal);
        return new RowError(entry.Code, RowError.Echo(messageId), text);
    }

    private ResponseTemplate? ReplyTo(CommandKind command) => _responses.Values.FirstOrDefault(r => r.Answers == command);

    private static ResponseTemplate Compile(ResponseEntry entry, string file)
    {
        const string more = "...";
        var repeats = entry.Columns.Count > 0 && entry.Columns[^1].EndsWith(more, StringComparison.Ordinal);
        if (entry.Columns.Take(entry.Columns.Count - 1).Any(c => c.EndsWith(more, StringComparison.Ordinal)))
            throw new InvalidOperationException($"{file}: response {entry.Id}: only the last column can repeat");
        return new ResponseTemplate(entry.Id, entry.Topic, entry.Answers, [.. entry.Columns], repeats) { Operation = OperationRows.Compile(entry, file) };
    }

    private static void RefuseRepeats(string file, IEnumerable<string> ids)
    {
        foreach (var group in ids.GroupBy(id => id))
            if (group.Count() > 1 || group.Key.Length is 0 or > 32)
                throw new InvalidOperationException($"{file}: template {group.Key}: an id is 1 to 32 characters and stands once");
    }
}
