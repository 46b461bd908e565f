using System.Text;

namespace Bailiwick.Edge.SmartRest;

/// <summary>The command in which a request template ends. A closed set: the interpreter knows how to build each.</summary>
internal enum CommandKind : byte
{
    CreateDevice,
    CreateChildDevice,
    CreateService,
    ListChildDevices,
    TellDeviceId,
    UpdateFragments,
    CreateMeasurement,
    CreateEvent,
    /// <summary>As CreateEvent, and the event's fragments hold of the device from then on.</summary>
    CreateStateEvent,
    UpdateEvent,
    RaiseAlarm,
    UpdateAlarm,
    AddFragments,
    MergeLists,
    RemoveFromLists,
    ReportProfile,
    ForwardOperations,
    AdvanceOperation,
    FailOperations,
    TellPlatformVersion,
    ListTemplates,
    Heartbeat,
}

/// <summary>What a field must look like.</summary>
internal enum FieldType : byte
{
    /// <summary>Any text.</summary>
    String,
    /// <summary>A number, stored as a JSON number.</summary>
    Number,
    /// <summary>A number without fraction and exponent.</summary>
    Integer,
    /// <summary>An integer that is not negative.</summary>
    Unsigned,
    /// <summary>A time with its zone; empty is the server's time when it is an argument.</summary>
    Date,
    /// <summary>The words true and false, stored as JSON's.</summary>
    Boolean,
    /// <summary>One of the words for how bad an alarm is.</summary>
    Severity,
    /// <summary>The name of a series.</summary>
    Name,
    /// <summary>The name of a fragment: a name that no property of the document has.</summary>
    Fragment,
}

/// <summary>A named part of a command, as opposed to a place in its document.</summary>
internal enum Argument : byte
{
    None,
    Name,
    Type,
    Time,
    ChildId,
    IsDevice,
    ServiceId,
    ServiceType,
    Status,
    Text,
    Severity,
    OperationId,
    Fragment,
    Reason,
    /// <summary>One of any number of values: the field of a group that has no other.</summary>
    Parameter,
    Executed,
    ProfileId,
}

/// <summary>A text with holes: literal parts, and references to the row's fields or to the addressed device's external id.</summary>
internal sealed class TextPattern(TextPart[] parts)
{
    public TextPart[] Parts { get; } = parts;

    /// <summary>The only part, where there is but one: then nothing needs to be put together.</summary>
    public TextPart? Single { get; } = parts.Length == 1 ? parts[0] : null;
}

/// <summary>One part of a <see cref="TextPattern"/>.</summary>
/// <param name="Literal">The text itself, or null for a reference.</param>
/// <param name="Field">The index of the field among the fixed ones, or among those of the group.</param>
internal sealed record TextPart(byte[]? Literal, int Field, bool IsInGroup, bool IsSerial);

/// <summary>One step of a path into the document: a member's name, or the array element of the current group (null).</summary>
internal sealed record PathStep(TextPattern? Name);

/// <summary>A constant and the place where it goes.</summary>
internal sealed record FixedValue(PathStep[] At, byte[] Json);

/// <summary>One column of a row.</summary>
/// <param name="At">Where its value lands in the document; null for an argument or a mere name.</param>
/// <param name="With">Constants that are set along with its value, for example the unit.</param>
internal sealed record TemplateField(
    string Name, FieldType Type, bool IsRequired, TextPattern? Default, Argument As, PathStep[]? At, FixedValue[] With)
{
    /// <summary>Whether an empty field is the server's time (Date only).</summary>
    public bool DefaultIsNow { get; init; }

    /// <summary>The words of which the value is one, whatever their case (String only); empty for any. They are stored as they stand here.</summary>
    public byte[][] OneOf { get; init; } = [];
}

/// <summary>
/// A request template: how the fields of a row become a command. Columns are the fixed fields in order, then, where there is a
/// group, as many repetitions of it as the row has.
/// </summary>
internal sealed class Template
{
    public required string Id { get; init; }
    public required CommandKind Command { get; init; }
    public required TemplateField[] Fields { get; init; }
    public required TemplateField[] Group { get; init; }

    /// <summary>How many groups a row must have at least.</summary>
    public required int GroupsMin { get; init; }

    /// <summary>Constants that are set before any field.</summary>
    public required FixedValue[] Fixed { get; init; }

    /// <summary>Fields of which a row must give at least one; empty for no such rule.</summary>
    public required int[] AnyOf { get; init; }

    /// <summary>Arguments that do not depend on the row, by <see cref="Argument"/>.</summary>
    public required TextPattern?[] Constants { get; init; }

    /// <summary>The index of the field that gives an argument, or -1, by <see cref="Argument"/>.</summary>
    public required int[] FieldOf { get; init; }
}

/// <summary>
/// A response template: a row for the device. The first column is the id, the others are the values that answer a command, or
/// stand at a path of an operation's document.
/// </summary>
/// <param name="Topic">Where the row is sent.</param>
/// <param name="Answers">The command whose reply this is; null when something else causes it.</param>
/// <param name="Repeats">Whether the last column stands for any number of values.</param>
internal sealed record ResponseTemplate(string Id, string Topic, CommandKind? Answers, string[] Columns, bool Repeats)
{
    public byte[] TopicBytes { get; } = Encoding.UTF8.GetBytes(Topic);

    /// <summary>Which operations it is a row of; null when it is none of an operation.</summary>
    public OperationRow? Operation { get; init; }
}

/// <summary>How an operation becomes a row.</summary>
/// <param name="Fragment">The fragment that the operation has. All paths begin in it.</param>
/// <param name="When">A path that must lead to something that is neither null, false nor empty; null for no condition.</param>
/// <param name="Unless">A path that must not.</param>
internal sealed record OperationRow(string Fragment, string[]? When, string[]? Unless, OperationPart[] Parts);

/// <summary>
/// Columns that belong together: a value each for its paths, once, or once for every element of a list. Steps of a path are names, and
/// <c>[]</c> in a condition is any element.
/// </summary>
/// <param name="Marker">A word that stands before them where the part is there at all; null for none.</param>
/// <param name="At">Where the part is; empty for the fragment itself. A part with a marker that is not there has no columns.</param>
/// <param name="IsList">Whether its columns come again for each element.</param>
/// <param name="Columns">Their paths, from the part or from the element.</param>
internal sealed record OperationPart(byte[]? Marker, string[] At, bool IsList, string[][] Columns);
