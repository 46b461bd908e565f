using System.Globalization;
using System.Text;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.SmartRest;

/// <summary>The codes of the lines on s/e.</summary>
internal enum RowCode : byte
{
    NoTemplate = 40,
    CreationFailed = 41,
    Malformed = 42,
    BadMessageId = 43,
    BadArguments = 45,
    ServerError = 50,
}

/// <summary>What is wrong with a row. The sentence of each is data, in static-templates.json.</summary>
internal enum RowFault : byte
{
    NoMessageId,
    UnknownMessageId,
    UnclosedQuote,
    TextAfterQuote,
    NotUtf8,
    TooManyFields,
    TooManyRows,
    MissingArgument,
    SurplusArguments,
    NotANumber,
    NotAnInteger,
    NotUnsigned,
    NotADate,
    NotABoolean,
    NotASeverity,
    NotAName,
    NotOneOf,
    ValueTwice,
    TooLong,
    TooLarge,
}

/// <summary>One line for s/e.</summary>
/// <param name="MessageId">The message id of the row; empty when it has none.</param>
/// <param name="Text">What is wrong. Values that the client sent are shortened.</param>
internal readonly record struct RowError(RowCode Code, string MessageId, string Text)
{
    /// <summary>The number of the trail's record of a denial, for which a line on s/e has no place.</summary>
    public long? DenialId { get; init; }

    public string CodeText => ((int)Code).ToString(CultureInfo.InvariantCulture);

    /// <summary>What a client sent, fit to be shown to it: short, and without control characters.</summary>
    public static string Echo(ReadOnlySpan<byte> value)
    {
        var isCut = value.Length > Limits.EchoedValueCharsMax;
        var chars = Encoding.UTF8.GetString(isCut ? value[..Limits.EchoedValueCharsMax] : value).ToCharArray();
        for (var i = 0; i < chars.Length; i++)
            if (char.IsControl(chars[i])) chars[i] = ' ';
        return new string(chars) + (isCut ? "..." : "");
    }

    public override string ToString() => $"{CodeText},{MessageId},{Text}";
}
