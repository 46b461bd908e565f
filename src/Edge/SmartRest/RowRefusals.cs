using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;

namespace Bailiwick.Edge.SmartRest;

/// <summary>A refused row as what the device sees of it on s/e or error.</summary>
internal static class RowRefusals
{
    public static RowError Line(string messageId, RefusedRow refused) => new(Code(refused.Kind), messageId, refused.Text) { DenialId = refused.DenialId };

    private static RowCode Code(RefusalKind kind) => kind switch
    {
        RefusalKind.Conflict => RowCode.CreationFailed,
        RefusalKind.Invalid or RefusalKind.TooLarge => RowCode.BadArguments,
        RefusalKind.Malformed => RowCode.Malformed,
        _ => RowCode.ServerError,
    };
}
