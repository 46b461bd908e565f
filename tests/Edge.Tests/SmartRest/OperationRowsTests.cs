using System.Text;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Edge.Tests.SmartRest;

/// <summary>How operations look to a device, row by row and as a document.</summary>
public sealed class OperationRowsTests
{
    private static readonly TemplateSet Templates = TemplateSet.Static();

    /// <summary>The fragments of an operation as the members of a document, and the rows that come of them.</summary>
    public static readonly TheoryData<string, string[]> Table = new()
    {
        { """{"c8y_Restart":{}}""", ["510,dev"] },
        { """{"c8y_Command":{"text":"echo \"a,b\""}}""", [""" 511,dev,"echo \"a,b\"" """.Trim()] },
        { """{"c8y_Command":{"text":"two\nlines"}}""", ["511,dev,\"two\nlines\""] },
        { """{"c8y_Command":{}}""", ["511,dev,"] },
        { """{"c8y_Configuration":{"config":"a=1"}}""", ["513,dev,a=1"] },
        { """{"c8y_Firmware":{"name":"os","version":"1.0","url":"http://fw"}}""", ["515,dev,os,1.0,http://fw"] },
        { """{"c8y_Firmware":{"name":"os","version":"1.0","isPatch":false}}""", ["515,dev,os,1.0,"] },
        { """{"c8y_Firmware":{"name":"os","version":"1.1","url":"http://fw","isPatch":true,"dependency":"1.0"}}""", ["525,dev,os,1.1,http://fw,1.0"] },
        { """{"c8y_SoftwareList":[{"name":"a","version":"1","url":"u"},{"name":"b"}]}""", ["516,dev,a,1,u,b,,"] },
        { """{"c8y_SoftwareList":[]}""", ["516,dev"] },
        { """{"c8y_MeasurementRequestOperation":{"requestName":"LOG"}}""", ["517,dev,LOG"] },
        { """{"c8y_Relay":{"relayState":"OPEN"}}""", ["518,dev,OPEN"] },
        { """{"c8y_RelayArray":["OPEN","CLOSED"]}""", ["519,dev,OPEN,CLOSED"] },
        { """{"c8y_UploadConfigFile":{}}""", ["520,dev"] },
        { """{"c8y_UploadConfigFile":{"type":"modem"}}""", ["526,dev,modem"] },
        { """{"c8y_DownloadConfigFile":{"url":"u"}}""", ["521,dev,u"] },
        { """{"c8y_DownloadConfigFile":{"url":"u","type":""}}""", ["521,dev,u"] },
        { """{"c8y_DownloadConfigFile":{"url":"u","type":"modem"}}""", ["524,dev,u,modem"] },
        { """{"c8y_LogfileRequest":{"logFile":"syslog","dateFrom":"2026-11-20T08:00:00+0000","searchText":"","maximumLines":1000}}""",
            ["522,dev,syslog,2026-11-20T08:00:00+0000,,,1000"] },
        { """{"c8y_CommunicationMode":{"mode":"SMS"}}""", ["523,dev,SMS"] },
        { """{"c8y_SoftwareUpdate":[{"name":"nginx","version":"1.24","url":"http://n","action":"install"},{"name":"oldpkg","action":"delete"}]}""",
            ["528,dev,nginx,1.24,http://n,install,oldpkg,,,delete"] },
        { """{"c8y_SoftwareUpdate":[{"name":"nginx","version":"1","action":"install"},{"name":"b","softwareType":"deb","action":"delete"}]}""",
            ["529,dev,nginx,1,,,install,b,,deb,,delete"] },
        { """{"c8y_RemoteAccessConnect":{"hostname":"127.0.0.1","port":22,"connectionKey":"k"}}""", ["530,dev,127.0.0.1,22,k"] },
        { """{"c8y_DeviceProfile":{"firmware":{"name":"os","version":"1","url":"u"},"software":[{"name":"a","version":"2","action":"install"}],"configuration":[{"url":"c","type":"t"}]}}""",
            ["527,dev,$FW,os,1,u,,,$SW,a,2,,install,$CONF,c,t"] },
        { """{"c8y_DeviceProfile":{"software":[{"name":"a","version":"2","softwareType":"deb","url":"u","action":"install"}]}}""",
            ["527,dev,$SW,a,2,u,install", "531,dev,$SW,a,2,deb,u,install"] },
        { """{"c8y_Restart":{},"description":"x","c8y_Command":{"text":"ls"}}""", ["510,dev", "511,dev,ls"] },
        { """{"c8y_SendConfiguration":{},"acme_Unknown":{"a":1}}""", [] },
        { """{"c8y_RelayArray":{"not":"a list"},"c8y_Command":"not an object","c8y_Restart":null}""", ["519,dev", "511,dev,", "510,dev"] },
        { """{"c8y_Command":{"text":{"deep":[1]}}}""", [""" 511,dev,"{\"deep\":[1]}" """.Trim()] },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void An_operation_becomes_the_rows_that_the_interface_names(string members, string[] rows) =>
        Assert.Equal(rows, OperationRows.Of(Templates, Operation(members), "dev").Select(row => Encoding.UTF8.GetString(row.Row.Span)));

    [Fact]
    public void Every_template_of_an_operation_has_a_row_in_the_table()
    {
        var shown = Table.SelectMany(row => row.Data.Item2).Select(row => row.Split(',')[0]).ToHashSet();
        Assert.Empty(Templates.Operations.Select(template => template.Id).Except(shown));
        Assert.All(Templates.Operations, template => Assert.Equal("s/ds", template.Topic));
    }

    [Fact]
    public void The_second_column_is_the_name_of_the_device_and_is_quoted_where_it_must_be() =>
        Assert.Equal("510,\"pump,7\"", Encoding.UTF8.GetString(OperationRows.Of(Templates, Operation("""{"c8y_Restart":{}}"""), "pump,7").Single().Row.Span));

    [Fact]
    public void The_document_says_whose_it_is_and_keeps_the_fragments_as_they_were_sent()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        var operation = Operation("""{"c8y_Restart":{ "hard":1.50 }}""") with { Description = "Restart \"it\"" };
        OperationJson.Write(output, new OperationDelivery(operation, ExternalId.Serial("pump-0007")), new ObjectId(300), new DateTimeOffset(2026, 11, 20, 8, 1, 0, 10, TimeSpan.Zero));
        Assert.Equal(
            $$"""{"id":"{{operation.Id}}","deviceId":"301","agentId":"300","status":"PENDING","creationTime":"2026-11-20T08:01:00.000Z","description":"Restart \"it\" """.TrimEnd() + "\"" +
            ""","delivery":{"time":"2026-11-20T08:01:00.010Z","status":"PENDING","log":[]},"externalSource":{"externalId":"pump-0007","type":"c8y_Serial"},"c8y_Restart":{ "hard":1.50 }}""",
            Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private static Operation Operation(string members)
    {
        using var document = System.Text.Json.JsonDocument.Parse(members);
        var fragments = document.RootElement.EnumerateObject().Select(member => new Fragment(member.Name, Encoding.UTF8.GetBytes(member.Value.GetRawText())));
        return new Operation(
            new OperationId(new ObjectId(301), new DateTimeOffset(2026, 11, 20, 8, 1, 0, TimeSpan.Zero).ToUnixTimeMilliseconds(), 9), OperationStatus.Pending, null, null, new Fragments([.. fragments]));
    }
}
