using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Edge.SmartRest;

/// <summary>
/// Reads rows by their templates. It knows types, paths and commands, and not one message id: those are data. One instance serves all
/// connections; it holds nothing of any row but a bounded cache of type names.
/// </summary>
internal sealed class TemplateInterpreter(TemplateSet templates)
{
    private const int NodesAtFirst = 16;
    private const int TextBytesAtFirst = 512;

    private readonly TypeNames _typeNames = new();

    public TemplateSet Templates { get; } = templates;

    /// <summary>Turns one row into a command; false when it is wrong, with the line for s/e.</summary>
    /// <param name="row">Lives until the reader's next row; nothing of it is kept.</param>
    /// <param name="serial">The external id of the device that the topic addresses. Defaults are made of it.</param>
    /// <param name="now">The server's time, for rows that give none.</param>
    /// <param name="messageId">The row's message id, for the line on s/e should the command be refused; a string that is always the same.</param>
    [SkipLocalsInit]
    public bool TryRead(
        scoped CsvRow row, string serial, DateTimeOffset now,
        [NotNullWhen(true)] out DeviceCommand? command, out string messageId, out RowError error)
    {
        command = null;
        messageId = "";
        error = default;
        var id = row[0];
        if (Templates.Find(id) is not { } template)
        {
            error = Templates.Error(id.IsEmpty ? RowFault.NoMessageId : RowFault.UnknownMessageId, id);
            return false;
        }

        messageId = template.Id;
        Span<JsonMembersTree.Node> nodes = stackalloc JsonMembersTree.Node[NodesAtFirst];
        Span<byte> text = stackalloc byte[TextBytesAtFirst];
        var reading = new RowReading(Templates, template, row, serial, now, new JsonMembersTree(nodes, text));
        try
        {
            if (!reading.ReadAll())
            {
                error = reading.Error;
                return false;
            }
            command = Build(ref reading, template);
            if (command is CreateMeasurement { Measurement.Members.Length: > Limits.MeasurementBytesMax })
            {
                error = Templates.Error(RowFault.TooLarge, id);
                command = null;
            }
            return command is not null;
        }
        finally
        {
            reading.Document.Dispose();
        }
    }

    /// <summary>The line for s/e about a row that the reader could not split.</summary>
    public RowError MalformedRow(CsvReader reader) => Templates.Error(
        reader.Fault switch
        {
            CsvFault.UnclosedQuote => RowFault.UnclosedQuote,
            CsvFault.TextAfterQuote => RowFault.TextAfterQuote,
            CsvFault.NotUtf8 => RowFault.NotUtf8,
            CsvFault.TooManyFields => RowFault.TooManyFields,
            CsvFault.TooManyRows => RowFault.TooManyRows,
            _ => throw new ArgumentOutOfRangeException(nameof(reader)),
        },
        reader.MalformedId);

    private DeviceCommand Build(ref RowReading reading, Template template) => template.Command switch
    {
        CommandKind.CreateMeasurement => new CreateMeasurement(new NewMeasurement(
            reading.Text(Argument.Type, _typeNames), reading.Time, reading.Document.ToMembers())),
        CommandKind.CreateEvent or CommandKind.CreateStateEvent => new CreateEvent(
            new NewEvent(reading.Text(Argument.Type, _typeNames), reading.Text(Argument.Text), reading.Time, reading.Document.ToFragments()),
            template.Command == CommandKind.CreateStateEvent),
        CommandKind.UpdateEvent => new UpdateEventOfType(reading.Text(Argument.Type, _typeNames), new EventChange(null, reading.Document.ToFragments())),
        CommandKind.RaiseAlarm => new RaiseAlarm(new NewAlarm(
            reading.Text(Argument.Type, _typeNames), reading.Text(Argument.Text), SeverityOf(ref reading)!.Value, AlarmStatus.Active, reading.Time,
            reading.Document.ToFragments())),
        CommandKind.UpdateAlarm => new UpdateAlarmOfType(
            reading.Text(Argument.Type, _typeNames), new AlarmChange(null, SeverityOf(ref reading), StatusOf(ref reading), reading.Document.ToFragments())),
        CommandKind.UpdateFragments => new UpdateFragments(reading.Document.ToFragments()),
        CommandKind.CreateDevice => new CreateDevice(reading.Text(Argument.Name), reading.Text(Argument.Type)),
        CommandKind.CreateChildDevice => new CreateChildDevice(
            reading.Text(Argument.ChildId), reading.Text(Argument.Name), reading.Text(Argument.Type), reading.Text(Argument.IsDevice) != "false"),
        CommandKind.CreateService => new CreateService(
            reading.Text(Argument.ServiceId), reading.Text(Argument.ServiceType), reading.Text(Argument.Name), reading.Text(Argument.Status)),
        CommandKind.ListChildDevices => new ListChildDevices(),
        CommandKind.TellDeviceId => new TellDeviceId(),
        CommandKind.AddFragments => new AddFragments(reading.Document.ToFragments()),
        CommandKind.MergeLists => new MergeLists(reading.Document.ToFragments()),
        CommandKind.RemoveFromLists => new RemoveFromLists(reading.Document.ToFragments()),
        CommandKind.ReportProfile => new ReportProfile(reading.Text(Argument.Executed) == "true", reading.Given(Argument.ProfileId)),
        CommandKind.ForwardOperations => new ForwardOperations(),
        CommandKind.AdvanceOperation => new AdvanceOperation(
            OperationStatuses.TryParse(reading.Text(Argument.Status), out var status) ? status : default,
            reading.Given(Argument.OperationId), reading.Given(Argument.Fragment), reading.Given(Argument.Reason), reading.Parameters()),
        CommandKind.FailOperations => new FailOperations(reading.Given(Argument.Fragment), reading.Given(Argument.Reason)),
        CommandKind.TellPlatformVersion => new TellPlatformVersion(),
        CommandKind.ListTemplates => new ListTemplates(),
        CommandKind.Heartbeat => new Heartbeat(),
        _ => throw new ArgumentOutOfRangeException(template.Id),
    };

    private static AlarmSeverity? SeverityOf(ref RowReading reading) =>
        reading.TextIfGiven(Argument.Severity) is { } word ? AlarmWords.Severities.Find(word) : null;

    private static AlarmStatus? StatusOf(ref RowReading reading) =>
        reading.TextIfGiven(Argument.Status) is { } word ? AlarmWords.Statuses.Find(word) : null;
}

/// <summary>
/// Strings of the types that come again and again, so that a measurement does not make its own. A slot holds whatever came last: the
/// cache has no size but its slots, and a race only costs a string.
/// </summary>
internal sealed class TypeNames
{
    private const int Slots = 1024;
    private const int CharsMax = 64;

    private readonly string?[] _slots = new string?[Slots];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > CharsMax || !Ascii.IsValid(utf8)) return Encoding.UTF8.GetString(utf8);
        var hash = new HashCode();
        hash.AddBytes(utf8);
        ref var slot = ref _slots[(uint)hash.ToHashCode() % Slots];
        var found = slot;
        if (found is not null && Ascii.Equals(utf8, found)) return found;
        return slot = Encoding.UTF8.GetString(utf8);
    }
}
