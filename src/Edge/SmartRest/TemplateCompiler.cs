using System.Text;
using System.Text.Json;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Edge.SmartRest;

/// <summary>Turns an entry of a template file into a <see cref="Template"/> and refuses what the interpreter could not carry out.</summary>
internal sealed class TemplateCompiler
{
    private const string Serial = "serial";
    private static readonly Argument[] None = [];

    private readonly RequestEntry _entry;
    private readonly string _file;
    private readonly IReadOnlyList<FieldEntry> _fields;
    private readonly IReadOnlyList<FieldEntry> _group;

    private TemplateCompiler(RequestEntry entry, string file)
    {
        _entry = entry;
        _file = file;
        _fields = entry.Fields ?? [];
        _group = entry.Group?.Fields ?? [];
    }

    public static Template Compile(RequestEntry entry, string file) => new TemplateCompiler(entry, file).Compile();

    private Template Compile()
    {
        var all = _fields.Concat(_group).ToList();
        foreach (var field in all)
            if (field.Name == Serial || field.Name.Length == 0 || all.Count(f => f.Name == field.Name) > 1)
                throw Wrong($"field {field.Name}: a name stands once, is not empty and not {Serial}");
        if (_entry.Group is { } group && (group.Fields.Count == 0 || group.Min < 0)) throw Wrong("group: has no fields, or a negative min");
        if (_group.Any(f => f.As != Argument.None) && (_group.Count > 1 || _group[0].As != Argument.Parameter)) throw Wrong("group: an argument cannot repeat");
        CheckArguments();

        return new Template
        {
            Id = _entry.Id,
            Command = _entry.Command,
            Fields = _fields.Select(f => Field(f, isInGroup: false)).ToArray(),
            Group = _group.Select(f => Field(f, isInGroup: true)).ToArray(),
            GroupsMin = _entry.Group?.Min ?? 0,
            Fixed = Constants(_entry.Fixed, isInGroup: false, "fixed"),
            AnyOf = (_entry.AnyOf ?? []).Select(IndexOf).ToArray(),
            Constants = Enum.GetValues<Argument>()
                .Select(a => _entry.Arguments is { } given && given.TryGetValue(a, out var text) ? Pattern(text, false, $"argument {a}") : null).ToArray(),
            FieldOf = Enum.GetValues<Argument>().Select(a => a == Argument.None ? -1 : _fields.ToList().FindIndex(f => f.As == a)).ToArray(),
        };
    }

    /// <summary>A command gets each of its arguments exactly once, and no other; what it cannot be without is always given.</summary>
    private void CheckArguments()
    {
        var (needed, allowed, hasDocument) = Shape(_entry.Command);
        var given = _fields.Concat(_group).Where(f => f.As != Argument.None).Select(f => f.As).Concat(_entry.Arguments?.Keys ?? []).ToList();
        foreach (var argument in Enum.GetValues<Argument>())
        {
            var count = given.Count(a => a == argument);
            if (count != (needed.Contains(argument) ? 1 : 0) && !(count == 1 && allowed.Contains(argument)))
                throw Wrong($"argument {argument} of {_entry.Command} is given {count} times");
        }
        CheckOperation(given);
        foreach (var field in _fields)
        {
            if (field.As != Argument.None && !allowed.Contains(field.As) && !field.Required && field.Default is null) throw Wrong($"field {field.Name}: an argument is required or has a default");
            if (field.As == Argument.Time != (field.As != Argument.None && field.Type == FieldType.Date)) throw Wrong($"field {field.Name}: a time is a Date");
        }
        var placed = _fields.Concat(_group).Any(f => f.At is not null || f.With is not null) || _entry.Fixed is not null;
        if (hasDocument is { } has && placed != has) throw Wrong($"{_entry.Command} {(has ? "needs" : "has no")} document, so that paths are {(has ? "missing" : "meaningless")}");
    }

    /// <summary>What a command must be given, what it may be given, and whether it has a document: null for one that may do without.</summary>
    private static (Argument[] Needed, Argument[] Allowed, bool? HasDocument) Shape(CommandKind command) => command switch
    {
        CommandKind.CreateDevice => ([Argument.Name, Argument.Type], None, false),
        CommandKind.CreateChildDevice => ([Argument.ChildId, Argument.Name, Argument.Type, Argument.IsDevice], None, false),
        CommandKind.CreateService => ([Argument.ServiceId, Argument.ServiceType, Argument.Name, Argument.Status], None, false),
        CommandKind.CreateMeasurement => ([Argument.Type, Argument.Time], None, true),
        CommandKind.CreateEvent => ([Argument.Type, Argument.Text, Argument.Time], None, null),
        CommandKind.CreateStateEvent => ([Argument.Type, Argument.Text, Argument.Time], None, true),
        CommandKind.UpdateEvent => ([Argument.Type], None, true),
        CommandKind.RaiseAlarm => ([Argument.Type, Argument.Text, Argument.Severity, Argument.Time], None, null),
        CommandKind.UpdateAlarm => ([Argument.Type], [Argument.Severity, Argument.Status], null),
        CommandKind.UpdateFragments or CommandKind.AddFragments or CommandKind.MergeLists or CommandKind.RemoveFromLists => (None, None, true),
        CommandKind.ReportProfile => ([Argument.Executed], [Argument.ProfileId], false),
        CommandKind.AdvanceOperation => ([Argument.Status], [Argument.OperationId, Argument.Fragment, Argument.Reason, Argument.Parameter], false),
        CommandKind.FailOperations => (None, [Argument.Fragment, Argument.Reason], false),
        CommandKind.ListChildDevices or CommandKind.TellDeviceId or CommandKind.ForwardOperations or CommandKind.TellPlatformVersion
            or CommandKind.ListTemplates or CommandKind.Heartbeat => (None, None, false),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    /// <summary>An operation is named by its id or by its fragment, and what becomes of it is known beforehand.</summary>
    private void CheckOperation(List<Argument> given)
    {
        if (_entry.Command != CommandKind.AdvanceOperation) return;
        if (given.Contains(Argument.OperationId) == given.Contains(Argument.Fragment)) throw Wrong("an operation is named by its id or by its fragment");
        if (_entry.Arguments?.GetValueOrDefault(Argument.Status) is not { } status || !OperationStatuses.TryParse(status, out _))
            throw Wrong($"arguments: the status is one of {OperationStatuses.All}");
    }

    private TemplateField Field(FieldEntry field, bool isInGroup)
    {
        var where = $"field {field.Name}";
        if (field.Required && field.Default is not null) throw Wrong($"{where}: is required and has a default");
        var isNow = field.Type == FieldType.Date && field.Default == "now";
        if (field.OneOf is not null && (field.Type != FieldType.String || field.OneOf.Count == 0)) throw Wrong($"{where}: only a String can be one of several words, and there is one at least");
        if (field.Type != FieldType.String && field.Default is not null && !isNow) throw Wrong($"{where}: only a String can have a default, and a Date the word now");
        return new TemplateField(
            field.Name, field.Type, field.Required, field.Default is null || isNow ? null : Pattern(field.Default, isInGroup, where), field.As,
            field.At is null ? null : Path(field.At, isInGroup, where), Constants(field.With, isInGroup, where))
        { DefaultIsNow = isNow, OneOf = [.. (field.OneOf ?? []).Select(Encoding.UTF8.GetBytes)] };
    }

    private FixedValue[] Constants(IReadOnlyDictionary<string, string>? given, bool isInGroup, string where)
    {
        var list = new List<FixedValue>();
        foreach (var (path, json) in given ?? new Dictionary<string, string>())
        {
            try
            {
                JsonDocument.Parse(json).Dispose();
            }
            catch (JsonException e)
            {
                throw Wrong($"{where}: {path}: {json} is not JSON: {e.Message}");
            }
            list.Add(new FixedValue(Path(path, isInGroup, where), Encoding.UTF8.GetBytes(json)));
        }
        return [.. list];
    }

    private PathStep[] Path(string path, bool isInGroup, string where)
    {
        var steps = new List<PathStep>();
        foreach (var step in path.Split('.'))
        {
            if (step == "[]" && (!isInGroup || steps.Count == 0)) throw Wrong($"{where}: {path}: an element stands in a group, below a member");
            steps.Add(new PathStep(step == "[]" ? null : Pattern(step, isInGroup, where)));
        }
        return [.. steps];
    }

    /// <summary>Parts a pattern at its braces. A hole must be certain to be filled, hence names a required field.</summary>
    private TextPattern Pattern(string text, bool isInGroup, string where)
    {
        var parts = new List<TextPart>();
        var rest = text;
        while (rest.Length > 0)
        {
            var open = rest.IndexOf('{', StringComparison.Ordinal);
            if (open < 0) open = rest.Length;
            if (open > 0) parts.Add(new TextPart(Encoding.UTF8.GetBytes(rest[..open]), -1, false, false));
            rest = rest[open..];
            if (rest.Length == 0) break;
            var close = rest.IndexOf('}', StringComparison.Ordinal);
            if (close < 0) throw Wrong($"{where}: {text}: a brace is not closed");
            parts.Add(Hole(rest[1..close], isInGroup, $"{where}: {text}"));
            rest = rest[(close + 1)..];
        }
        if (parts.Count == 0) throw Wrong($"{where}: an empty text or path");
        return new TextPattern([.. parts]);
    }

    private TextPart Hole(string name, bool isInGroup, string where)
    {
        if (name == Serial) return new TextPart(null, -1, false, true);
        var index = _fields.ToList().FindIndex(f => f.Name == name);
        if (index >= 0 && _fields[index].Required) return new TextPart(null, index, false, false);
        var inGroup = _group.ToList().FindIndex(f => f.Name == name);
        if (isInGroup && inGroup >= 0 && _group[inGroup].Required) return new TextPart(null, inGroup, true, false);
        throw Wrong($"{where}: {name} is no required field that can be seen from here");
    }

    private int IndexOf(string name)
    {
        var index = _fields.ToList().FindIndex(f => f.Name == name);
        return index >= 0 ? index : throw Wrong($"anyOf: {name} is no field");
    }

    private InvalidOperationException Wrong(string what) => new($"{_file}: template {_entry.Id}: {what}");
}
