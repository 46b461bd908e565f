using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Grains.Operations;

/// <summary>
/// Where the parameters of a success land (templates 503 and 506), by the fragment of the operation: in the operation itself, or in its
/// device. What a fragment has no use for is passed over.
/// </summary>
internal static class OperationResults
{
    /// <param name="fragment">The fragment that the device named; null when it named the operation, and then all count that it has.</param>
    /// <param name="now">The server's time as JSON, for what gives none.</param>
    public static (Fragments OfOperation, Fragments OfDevice) Of(Operation operation, string? fragment, IReadOnlyList<string> parameters, byte[] now)
    {
        var (ofOperation, ofDevice) = (new List<Fragment>(), new List<Fragment>());
        foreach (var asked in operation.Fragments.Items)
        {
            if (fragment is not null && asked.Name != fragment) continue;
            switch (asked.Name)
            {
                case "c8y_Command" when parameters.Count > 0:
                    ofOperation.Add(new Fragment(asked.Name, RawJson.WithMember(asked.Json, "result", RawJson.Text(parameters[0]))));
                    break;
                case "c8y_LogfileRequest" when parameters.Count > 0:
                    ofOperation.Add(new Fragment(asked.Name, RawJson.WithMember(asked.Json, "file", RawJson.Text(parameters[0]))));
                    break;
                case "c8y_RelayArray" when parameters.Count > 0:
                    ofDevice.Add(new Fragment(asked.Name, RawJson.Texts(parameters)));
                    break;
                case "c8y_CommunicationMode":
                    ofDevice.Add(new Fragment(asked.Name, RawJson.Object(("mode", RawJson.Member(asked.Json, "mode")))));
                    break;
                case "c8y_DownloadConfigFile":
                    var time = parameters.Count > 0 && parameters[0].Length > 0 ? RawJson.Text(parameters[0]) : now;
                    ofDevice.Add(new Fragment("c8y_ConfigurationDump", RawJson.Object(("id", DumpOf(operation, asked)), ("time", time))));
                    break;
            }
        }
        return (new Fragments(ofOperation), new Fragments(ofDevice));
    }

    /// <summary>Clients put the dump's id into the fragment or beside it.</summary>
    private static byte[]? DumpOf(Operation operation, Fragment asked) =>
        RawJson.Member(RawJson.Member(asked.Json, "c8y_ConfigurationDump"), "id")
        ?? RawJson.Member(operation.Fragments.Items.FirstOrDefault(fragment => fragment.Name == "c8y_ConfigurationDump").Json, "id");
}
